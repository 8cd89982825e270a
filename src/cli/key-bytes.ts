import { OperatorError } from '../core/errors.js';
import { bytesOfBase64 } from '../operations/text-bytes.js';
import { inputOf, readAll } from './streams.js';

/** A key or value of the command line as bytes. @throws OperatorError `usage` when it should be base64 and is not. */
export function bytesOfArgument(text: string, base64: boolean): Buffer {
  if (!base64) return Buffer.from(text, 'utf8');
  const bytes = bytesOfBase64(text);
  if (bytes === null) throw new OperatorError('usage', `"${text}" is not base64`, 'leave --base64 out for plain text');
  return bytes;
}

/** A value of the command line, or all of standard input for `-`. */
export async function valueOfArgument(text: string, base64: boolean): Promise<Buffer> {
  if (text !== '-') return bytesOfArgument(text, base64);
  const bytes = await readAll(inputOf('-'));
  return base64 ? bytesOfArgument(bytes.toString('utf8').replace(/\s/g, ''), true) : bytes;
}
