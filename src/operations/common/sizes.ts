import { OperatorError } from '../../core/model/errors.js';
import { bytesOfSize } from '../../core/model/sizes.js';

/** Read a size such as `100mb`, in bytes, in the units of Redis. */
export function parseSize(text: string): number {
  const bytes = bytesOfSize(text);
  if (bytes !== undefined) return bytes;
  throw new OperatorError('usage', `"${text}" is not a size`, 'write it as 512mb or 4gb, or in bytes');
}

export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes / 1024;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}
