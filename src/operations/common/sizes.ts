import { OperatorError } from '../../core/model/errors.js';
import { bytesOfSize } from '../../core/model/sizes.js';

/** Read a size such as `100mb`, in bytes, in the units of Redis. */
export function parseSize(text: string): number {
  const bytes = bytesOfSize(text);
  if (bytes !== undefined) return bytes;
  throw new OperatorError('usage', `"${text}" is not a size`, 'write it as 512mb or 4gb, or in bytes');
}
