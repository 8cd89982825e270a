import { createReadStream } from 'node:fs';
import { OperatorError } from '../core/model/errors.js';
import type { LineSink } from '../operations/entry/export.js';
import { fileError } from './file-errors.js';

/** Standard output, as fast as its reader takes it. */
export const stdoutSink: LineSink = (text) =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(fileError('write', 'standard output', error)) : resolve()));
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
    throw fileError('read', path, cause);
  }
}
