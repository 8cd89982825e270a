import { NO_FUNCTIONS } from '../missing-commands.js';
import { container } from '../subcommand.js';
import { functionDumpCommand } from './dump.js';
import { functionFlushCommand } from './flush.js';
import { functionKillCommand } from './kill.js';
import { functionListCommand } from './list.js';
import { functionStatsCommand } from './stats.js';

export const functionCommand = {
  ...container('function', [
    functionDumpCommand,
    functionFlushCommand,
    functionKillCommand,
    functionListCommand,
    functionStatsCommand,
  ]),
  missing: new Map(['load', 'restore', 'delete'].map((name) => [name, NO_FUNCTIONS])),
};
