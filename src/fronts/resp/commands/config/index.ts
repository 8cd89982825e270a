import { container } from '../subcommand.js';
import { configGetCommand } from './get.js';
import { configResetstatCommand } from './resetstat.js';
import { configRewriteCommand } from './rewrite.js';
import { configSetCommand } from './set.js';

export const configCommand = container('config', [
  configGetCommand,
  configResetstatCommand,
  configRewriteCommand,
  configSetCommand,
]);
