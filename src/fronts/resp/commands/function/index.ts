import { container } from '../subcommand.js';
import { functionDumpCommand } from './dump.js';
import { functionFlushCommand } from './flush.js';
import { functionKillCommand } from './kill.js';
import { functionListCommand } from './list.js';
import { functionStatsCommand } from './stats.js';

const INSTEAD = 'there are no functions here: use scripts, by EVAL, or by SCRIPT LOAD and EVALSHA';

export const functionCommand = {
  ...container('function', [
    functionDumpCommand,
    functionFlushCommand,
    functionKillCommand,
    functionListCommand,
    functionStatsCommand,
  ]),
  missing: new Map(['load', 'restore', 'delete'].map((name) => [name, INSTEAD])),
};
