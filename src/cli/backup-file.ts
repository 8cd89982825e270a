import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatorError } from '../core/model/errors.js';
import { type BackupHeader, formatTrailer, parseHeader, TRAILER_BYTES } from '../operations/backup/header.js';
import type { ByteSink } from '../operations/common/byte-sink.js';
import { fileError } from './file-errors.js';
import { writeOutput } from './output-file.js';

/** The header names a few files. */
const HEADER_BYTES_MAX = 64 * 1024;

/** What is written, and behind it the digest of all of it. It holds all that a node does: for its owner alone. */
export function writeBackup<T>(path: string, use: (sink: ByteSink) => Promise<T>): Promise<T> {
  process.umask(0o077);
  return writeOutput(path, async (sink) => {
    const hash = createHash('sha256');
    const result = await use((piece) => {
      hash.update(piece);
      return sink(piece);
    });
    await sink(formatTrailer(hash.digest('hex')));
    return result;
  });
}

/** Reads all of a backup, and compares its digest. @throws OperatorError `data-corrupt`, `usage`, `refused` */
export function checkBackup(path: string): Promise<BackupHeader> {
  return readBackup(path, async () => {});
}

/** The files of a backup that was found whole, in a directory of their own while they are used. */
export async function withUnpacked<T>(
  path: string,
  use: (dir: string, header: BackupHeader) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mneme-restore-')).catch((cause: unknown) => {
    throw noPlace(tmpdir(), cause);
  });
  let file: FileHandle | null = null;
  let name = '';
  try {
    const unpack = async (next: string, piece: Buffer): Promise<void> => {
      if (next !== name) {
        await file?.close();
        file = await open(join(dir, next), 'wx', 0o600);
        name = next;
      }
      await file?.appendFile(piece);
    };
    const header = await readBackup(path, (next, piece) =>
      unpack(next, piece).catch((cause: unknown) => {
        throw noPlace(dir, cause);
      }),
    );
    await (file as FileHandle | null)?.close();
    file = null;
    return await use(dir, header);
  } finally {
    await (file as FileHandle | null)?.close();
    await rm(dir, { recursive: true, force: true });
  }
}

export function newRestoreId(): string {
  return randomBytes(6).toString('hex');
}

// ---

/** Not the backup is at fault. */
function noPlace(dir: string, cause: unknown): OperatorError {
  const { code, message } = fileError('write', dir, cause);
  return new OperatorError(
    code,
    `the backup is unpacked there first: ${message}`,
    'Name another directory by TMPDIR.',
    { cause },
  );
}

async function readBackup(
  path: string,
  onPiece: (name: string, piece: Buffer) => Promise<void>,
): Promise<BackupHeader> {
  const { header, headerBytes, bytes, trailer } = await readEnds(path);
  const hash = createHash('sha256');
  let at = 0;
  try {
    for await (const chunk of createReadStream(path, { end: bytes - TRAILER_BYTES - 1, highWaterMark: 1 << 20 })) {
      const piece = chunk as Buffer;
      hash.update(piece);
      for (const part of partsOf(header, piece, at - headerBytes)) await onPiece(part.name, part.bytes);
      at += piece.length;
    }
  } catch (cause) {
    throw fileError('read', path, cause);
  }
  if (formatTrailer(hash.digest('hex')) === trailer) return header;
  throw new OperatorError(
    'data-corrupt',
    `${path} is damaged: its digest is another than when it was written`,
    'Use another backup.',
  );
}

async function readEnds(path: string) {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw fileError('read', path, cause);
  });
  try {
    const { size: bytes } = await stat(path);
    const beginning = await readAt(file, 0, HEADER_BYTES_MAX);
    const end = beginning.indexOf(10);
    const header = parseHeader(path, beginning.toString('utf8', 0, Math.max(0, end)));
    const headerBytes = end + 1;
    const whole = headerBytes + header.files.reduce((sum, one) => sum + one.bytes, 0) + TRAILER_BYTES;
    if (bytes !== whole)
      throw new OperatorError(
        'data-corrupt',
        `${path} has ${bytes} bytes, and ${whole} were to be written`,
        'Use another backup.',
      );
    const trailer = (await readAt(file, bytes - TRAILER_BYTES, TRAILER_BYTES)).toString('latin1');
    return { header, headerBytes, bytes, trailer };
  } catch (cause) {
    throw fileError('read', path, cause);
  } finally {
    await file.close();
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Which bytes of a piece are of which file. `at`: where the piece begins, counted from the first file. */
function partsOf({ files }: BackupHeader, piece: Buffer, at: number): { name: string; bytes: Buffer }[] {
  const parts: { name: string; bytes: Buffer }[] = [];
  let start = 0;
  for (const { name, bytes } of files) {
    const from = Math.max(0, start - at);
    const to = Math.min(piece.length, start + bytes - at);
    if (to > from) parts.push({ name, bytes: piece.subarray(from, to) });
    start += bytes;
  }
  return parts;
}
