import { type FileHandle, open, stat } from 'node:fs/promises';
import { fileError } from './file-errors.js';
import { earlierLog } from './log-bound.js';

const BLOCK_BYTES = 64 * 1024;
/** Lines without an end are cut there. */
const TAIL_BYTES_MAX = 16 * 1024 * 1024;
const LOOK_EVERY_MS = 250;

export interface Tail {
  readonly text: string;
  /** Where it ends. */
  readonly bytes: number;
}

/** The last lines of a log, whatever its size, and of what was before it. @throws OperatorError that names it */
export async function lastLines(path: string, lines: number): Promise<Tail> {
  const tail = await linesAtEnd(path, lines);
  const missing = lines - linesIn(Buffer.from(tail.text));
  if (missing <= 0) return tail;
  const before = await linesAtEnd(earlierLog(path), missing).catch(() => null);
  return { ...tail, text: `${before?.text ?? ''}${tail.text}` };
}

function linesAtEnd(path: string, lines: number): Promise<Tail> {
  return using(path, async (file) => {
    const { size } = await file.stat();
    let start = size;
    let text = Buffer.alloc(0);
    while (start > 0 && linesIn(text) <= lines && text.length < TAIL_BYTES_MAX) {
      const from = Math.max(0, start - BLOCK_BYTES);
      text = Buffer.concat([await readRange(file, from, start), text]);
      start = from;
    }
    return { text: lastOf(text.toString('utf8'), lines), bytes: size };
  });
}

/**
 * What comes after that, until the signal. A file that was put in its place, or emptied, is read from its beginning, once the rest of what
 * was there is read.
 */
export async function followFile(
  path: string,
  { bytes }: Tail,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const show = (part: Buffer): void => {
    if (part.length > 0) onText(decoder.decode(part, { stream: true }));
  };
  let at = bytes;
  let id = (await lookAt(path))?.id ?? null;
  while (!signal.aborted) {
    const now = await lookAt(path);
    if (now !== null && id !== null && (now.id !== id || now.size < at)) {
      await readRest(earlierLog(path), at, now.id === id ? null : id, show);
      at = 0;
    }
    id = now?.id ?? id;
    const found = now === null ? null : await readFrom(path, at);
    if (found !== null) {
      at = found.next;
      show(found.bytes);
      if (found.bytes.length === BLOCK_BYTES) continue;
    }
    await pause(signal);
  }
}

// ---

async function using<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    return await use(file);
  } catch (cause) {
    throw fileError('read', path, cause);
  } finally {
    await file?.close();
  }
}

function readFrom(path: string, at: number): Promise<{ bytes: Buffer; next: number } | null> {
  return using(path, async (file) => {
    const { size } = await file.stat();
    const from = size < at ? 0 : at;
    const bytes = await readRange(file, from, Math.min(size, from + BLOCK_BYTES));
    return { bytes, next: from + bytes.length };
  }).catch(() => null);
}

async function readRange(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
  return buffer.subarray(0, bytesRead);
}

function linesIn(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) count++;
  return count;
}

function lastOf(text: string, lines: number): string {
  if (lines === 0) return '';
  const all = text.split('\n');
  const isWhole = all.at(-1) === '';
  return all.slice(isWhole ? -lines - 1 : -lines).join('\n');
}

interface Look {
  /** Which file it is. */
  readonly id: string;
  readonly size: number;
}

function lookAt(path: string): Promise<Look | null> {
  return stat(path).then(
    ({ dev, ino, size }) => ({ id: `${dev} ${ino}`, size }),
    () => null,
  );
}

/** What was written to a log before it began anew, and is in another file now. `id`: that file's, where it was moved; null: it is a copy. */
async function readRest(path: string, from: number, id: string | null, show: (part: Buffer) => void): Promise<void> {
  const there = await lookAt(path);
  if (there === null || (id !== null && there.id !== id)) return;
  for (let at = from; at < there.size; ) {
    const found = await readFrom(path, at);
    if (found === null || found.bytes.length === 0) return;
    show(found.bytes);
    at = found.next;
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, LOOK_EVERY_MS);
    signal.addEventListener('abort', end);
  });
}
