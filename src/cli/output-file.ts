import { randomBytes } from 'node:crypto';
import { createWriteStream, type Stats, unlinkSync } from 'node:fs';
import { access, constants, type FileHandle, lstat, open, readlink, realpath, rename, unlink } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { isError } from '../admin/protocol/error-text.js';
import type { ByteSink } from '../operations/common/byte-sink.js';
import { fileError } from './file-errors.js';

const LINKS_MAX = 40;
const NEW_FILE_MODE = 0o666;

/**
 * Write what a path names, in pieces. A regular file, or a new one, is replaced at once when all is written, so that what is there
 * under the name is never half of it; it keeps its mode and owner. Anything else (a device, a FIFO, a socket, a descriptor of
 * this process such as /dev/stdout) is written into. Symbolic links stay, and the file that they name is written.
 * @throws OperatorError that names the file and what is wrong. Nothing is left behind then.
 */
export async function writeOutput<T>(path: string, use: (sink: ByteSink) => Promise<T>): Promise<T> {
  const target = await found(path).catch((cause) => {
    throw fileError('write', path, cause);
  });
  if (target.descriptor !== null) return intoStream(path, streamOf(target.descriptor), use);
  if (target.stats?.isSocket() === true) return intoStream(path, createConnection(target.path), use);
  if (target.stats === null || target.stats.isFile()) return replaced(path, target.path, target.stats, use);
  return intoSpecial(path, target.path, use);
}

// ---------------------------------------------------------------------------------------------------------------------

interface Target {
  /** Without symbolic links. */
  readonly path: string;
  /** null: there is nothing yet. */
  readonly stats: Stats | null;
  /** A descriptor of this process. To open its file anew would write over what others have put there. */
  readonly descriptor: number | null;
}

/** What a path names in the end, link by link: it need not exist, and a link to a descriptor leads to no file. */
async function found(named: string): Promise<Target> {
  let path = resolve(named);
  for (let links = 0; links < LINKS_MAX; links++) {
    const directory = await realpath(dirname(path));
    path = join(directory, basename(path));
    if (directory === `/proc/${process.pid}/fd`) return { path, stats: null, descriptor: Number(basename(path)) };
    const stats = await lstat(path).catch((error: unknown) => {
      if (isError(error) && error.code === 'ENOENT') return null;
      throw error;
    });
    if (stats === null || !stats.isSymbolicLink()) return { path, stats, descriptor: null };
    path = resolve(directory, await readlink(path));
  }
  throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
}

async function replaced<T>(
  named: string,
  path: string,
  stats: Stats | null,
  use: (sink: ByteSink) => Promise<T>,
): Promise<T> {
  // A name of its own: of two that write at once each one writes its whole file, and the later one stands.
  const partial = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomBytes(6).toString('hex')}.partial`);
  const fail = (cause: unknown): never => {
    throw fileError('write', named, cause);
  };
  // Its directory may let us replace a file that we may not write.
  if (stats !== null) await access(path, constants.W_OK).catch(fail);
  const file = await open(partial, 'wx', NEW_FILE_MODE).catch(fail);
  const keeper = new PartialKeeper(partial);
  try {
    const result = await intoFile(named, file, stats, use);
    await rename(partial, path).catch(fail);
    await syncDirectory(dirname(path));
    return result;
  } catch (error) {
    await unlink(partial).catch(() => undefined);
    throw error;
  } finally {
    keeper.done();
  }
}

async function intoFile<T>(
  named: string,
  file: FileHandle,
  stats: Stats | null,
  use: (sink: ByteSink) => Promise<T>,
): Promise<T> {
  const fail = (cause: unknown): never => {
    throw fileError('write', named, cause);
  };
  try {
    if (stats !== null) await keepOwner(file, stats).catch(fail);
    // It writes all of the text, or fails: a mere write() stops in the midst of it where the disk is full.
    const result = await use((text) => file.appendFile(text).catch(fail));
    await file.sync().catch(fail);
    return result;
  } finally {
    await file.close().catch(fail);
  }
}

/** The owner first: a change of it takes the set-user bits away. */
async function keepOwner(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  const now = await file.stat();
  if (now.uid !== uid || now.gid !== gid) await file.chown(uid, gid);
  await file.chmod(mode & 0o7777);
}

async function intoSpecial<T>(named: string, path: string, use: (sink: ByteSink) => Promise<T>): Promise<T> {
  const fail = (cause: unknown): never => {
    throw fileError('write', named, cause);
  };
  // Never created, never cut: it is there, and it is no file.
  const file = await open(path, constants.O_WRONLY).catch(fail);
  try {
    return await use((text) => file.appendFile(text).catch(fail));
  } finally {
    await file.close().catch(fail);
  }
}

function streamOf(descriptor: number): Writable {
  if (descriptor === 1) return process.stdout;
  if (descriptor === 2) return process.stderr;
  return createWriteStream('', { fd: descriptor });
}

async function intoStream<T>(named: string, stream: Writable, use: (sink: ByteSink) => Promise<T>): Promise<T> {
  let failure: unknown = null;
  const note = (error: unknown): void => {
    failure ??= error;
  };
  stream.on('error', note);
  const write: ByteSink = (text) =>
    new Promise((done, fail) => {
      if (failure !== null) return fail(fileError('write', named, failure));
      stream.write(text, (error) => (error ? fail(fileError('write', named, error)) : done()));
    });
  try {
    const result = await use(write);
    if (stream !== process.stdout && stream !== process.stderr) await ended(named, stream);
    return result;
  } finally {
    stream.off('error', note);
  }
}

function ended(named: string, stream: Writable): Promise<void> {
  return new Promise((done, fail) => {
    stream.once('error', (error) => fail(fileError('write', named, error)));
    stream.end(done);
  });
}

/** The new name is on the disk too. Some file systems know no such thing. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => null);
  await directory?.sync().catch(() => undefined);
  await directory?.close().catch(() => undefined);
}

/** Takes the unfinished file away where a signal ends the process. */
class PartialKeeper {
  private readonly signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  private readonly end = (signal: NodeJS.Signals): void => {
    try {
      unlinkSync(this.path);
    } catch {
      // It has its name by now.
    }
    this.done();
    process.kill(process.pid, signal);
  };

  constructor(private readonly path: string) {
    for (const signal of this.signals) process.on(signal, this.end);
  }

  done(): void {
    for (const signal of this.signals) process.off(signal, this.end);
  }
}
