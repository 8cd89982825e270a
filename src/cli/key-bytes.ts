import { OperatorError } from '../core/model/errors.js';
import { bytesOfBase64 } from '../operations/common/text-bytes.js';
import { inputOf, readAll } from './streams.js';

/** A key or value of the command line as bytes. @throws OperatorError `usage` when it should be base64 and is not. */
export function bytesOfArgument(text: string, base64: boolean): Buffer {
  if (!base64) return Buffer.from(text, 'utf8');
  const bytes = bytesOfBase64(text);
  if (bytes === null) throw new OperatorError('usage', `"${text}" is not base64`, 'leave --base64 out for plain text');
  return bytes;
}

/**
 * A value of the command line, or all of standard input for `-`.
 * @throws OperatorError `usage` when that is empty: nobody means to pipe nothing in, but what was to write it may have failed.
 */
export async function valueOfArgument(text: string, base64: boolean): Promise<Buffer> {
  if (text !== '-') return bytesOfArgument(text, base64);
  const bytes = await readAll(inputOf('-'));
  const value = base64 ? bytesOfArgument(bytes.toString('utf8').replace(/\s/g, ''), true) : bytes;
  if (value.length > 0) return value;
  throw new OperatorError(
    'usage',
    'standard input is empty, so there is no value; nothing was written',
    "For an empty value, give it as an argument: mneme entry set KEY ''",
  );
}
