import { container } from '../subcommand.js';
import { objectEncodingCommand } from './encoding.js';
import { objectFreqCommand } from './freq.js';
import { objectIdletimeCommand } from './idletime.js';
import { objectRefcountCommand } from './refcount.js';

export const objectCommand = container('object', [
  objectEncodingCommand,
  objectFreqCommand,
  objectIdletimeCommand,
  objectRefcountCommand,
]);
