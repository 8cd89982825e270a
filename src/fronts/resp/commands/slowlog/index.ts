import { container } from '../subcommand.js';
import { slowlogGetCommand } from './get.js';
import { slowlogLenCommand } from './len.js';
import { slowlogResetCommand } from './reset.js';

export const slowlogCommand = container('slowlog', [slowlogGetCommand, slowlogLenCommand, slowlogResetCommand]);
