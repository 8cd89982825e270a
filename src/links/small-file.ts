import { closeSync, openSync, readSync } from 'node:fs';

/**
 * What a file holds, or standard input (0), up to one byte more than it may: a device can go on without an end.
 * @throws what the system says
 */
export function readSmallFile(path: string | 0, bytesMax: number): string {
  const descriptor = path === 0 ? 0 : openSync(path, 'r');
  const bytes = Buffer.alloc(bytesMax + 1);
  try {
    let length = 0;
    for (let read = 1; read > 0 && length < bytes.length; length += read)
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    return bytes.toString('utf8', 0, length);
  } finally {
    if (path !== 0) closeSync(descriptor);
  }
}
