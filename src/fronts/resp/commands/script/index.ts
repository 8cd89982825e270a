import { container } from '../subcommand.js';
import { scriptExistsCommand } from './exists.js';
import { scriptFlushCommand } from './flush.js';
import { scriptKillCommand } from './kill.js';
import { scriptLoadCommand } from './load.js';

export const scriptCommand = container('script', [
  scriptExistsCommand,
  scriptFlushCommand,
  scriptKillCommand,
  scriptLoadCommand,
]);
