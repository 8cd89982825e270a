import { container } from '../subcommand.js';
import { latencyHistoryCommand } from './history.js';
import { latencyLatestCommand } from './latest.js';
import { latencyResetCommand } from './reset.js';

export const latencyCommand = container('latency', [latencyHistoryCommand, latencyLatestCommand, latencyResetCommand]);
