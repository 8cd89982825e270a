import { container } from '../subcommand.js';
import { configGetCommand } from './get.js';
import { configSetCommand } from './set.js';

export const configCommand = container('config', [configGetCommand, configSetCommand]);
