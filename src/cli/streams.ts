import { createReadStream } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { errorText } from '../admin/error-text.js';
import { OperatorError } from '../core/errors.js';
import type { LineSink } from '../operations/entry-export.js';

/**
 * Write a file in pieces and give it its name only when it is whole: what is there under the name is never half an export.
 * @throws OperatorError `usage` when the file cannot be written.
 */
export async function writeFileWhole<T>(path: string, use: (sink: LineSink) => Promise<T>): Promise<T> {
  const partial = `${path}.partial`;
  const file = await open(partial, 'w').catch((cause: Error) => {
    throw new OperatorError('usage', `cannot write ${path}: ${cause.message}`, null, { cause });
  });
  try {
    const result = await use(async (text) => {
      await file.write(text);
    });
    await file.sync();
    await rename(partial, path);
    return result;
  } finally {
    await file.close();
  }
}

/** Standard output, as fast as its reader takes it. */
export const stdoutSink: LineSink = (text) =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });

/** The bytes of a file, or of standard input for `-`. @throws OperatorError `usage` when there is nothing to read. */
export function inputOf(path: string): AsyncIterable<Uint8Array> {
  if (path !== '-') return readFileBytes(path);
  if (process.stdin.isTTY) {
    throw new OperatorError('usage', 'there is nothing to read on standard input', 'name a file, or pipe something in');
  }
  return process.stdin;
}

/** All of standard input. For values, not for imports. */
export async function readAll(input: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* readFileBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } catch (cause) {
    throw new OperatorError('usage', `cannot read ${path}: ${errorText(cause)}`, null, { cause });
  }
}
