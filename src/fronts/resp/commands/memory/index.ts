import { container } from '../subcommand.js';
import { memoryUsageCommand } from './usage.js';

export const memoryCommand = container('memory', [memoryUsageCommand]);
