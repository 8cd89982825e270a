import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { StatusReply } from '../admin/protocol/api.js';
import { EXIT_CODES, OperatorError, type OperatorErrorCode } from '../core/model/errors.js';
import { systemReason } from '../core/model/system-errors.js';
import { makeDirectory, preparePrivateDirectory } from '../engines/embedded/private-directory.js';
import { adviceOf } from '../hints/advice.js';
import { awaitServing } from '../operations/cluster/await-serving.js';
import type { JoinProgress } from '../operations/cluster/node-options.js';
import type { Failure } from './failure.js';
import { makeRoom } from './log-bound.js';

/** Set for a process in the background: it tells its parent by IPC why it could not start. */
export const REPORT_VARIABLE = 'MNEME_REPORT_FAILURE';
const TAIL_LINES = 15;

/** What an exit code alone tells. */
const GENERAL: readonly OperatorErrorCode[] = ['usage', 'unhealthy', 'not-reachable', 'refused', 'timed-out'];

export interface DetachOptions {
  /** The program and its arguments, to be run by this Node.js. */
  command: string[];
  logFile: string;
  /** Beside what this process has. */
  env?: NodeJS.ProcessEnv;
  /** The data directory, where the log is as a rule; null: none. */
  dir: string | null;
  /** Where to ask whether it serves. */
  address: string;
  untilInSync: boolean;
  onProgress?: (progress: JoinProgress) => void;
  onWait?: (text: string) => void;
}

export interface Detached {
  pid: number;
  status: StatusReply;
}

/**
 * Start a program in the background, its output in a log file, and wait until it serves.
 * @throws OperatorError with the code that the program itself ended with, and the end of its log in the message.
 */
export async function startDetached(options: DetachOptions): Promise<Detached> {
  const { command, logFile, env = {}, address, untilInSync, onProgress, onWait } = options;
  const log = openLog(logFile, options.dir);
  const child = spawn(process.execPath, command, {
    detached: true,
    stdio: ['ignore', log.descriptor, log.descriptor, 'ipc'],
    env: { ...process.env, ...env, [REPORT_VARIABLE]: '1' },
  });
  closeSync(log.descriptor);
  const abort = () => child.kill('SIGTERM');
  process.once('SIGINT', abort);
  try {
    const gaveUp = endOf(child, logFile, log.size);
    const progress = {
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(onWait === undefined ? {} : { onWait }),
    };
    const status = await awaitServing(address, { gaveUp, pid: child.pid ?? 0, untilInSync, ...progress });
    return { pid: child.pid ?? 0, status };
  } finally {
    process.removeListener('SIGINT', abort);
    if (child.connected) child.disconnect();
    child.unref();
  }
}

/** Tell the parent why this process ends, if it waits for that. */
export async function reportFailure(failure: Failure): Promise<void> {
  if (process.env[REPORT_VARIABLE] === undefined || process.send === undefined || !process.connected) return;
  await new Promise<void>((resolve) => {
    process.send?.({ failure }, undefined, undefined, () => resolve());
  });
}

/** For its owner alone, as the data. What others could put into the data directory is not written to either. */
function openLog(path: string, dir: string | null): { descriptor: number; size: number } {
  if (dirname(path) === dir) preparePrivateDirectory(dir);
  try {
    makeDirectory(dirname(path));
    makeRoom(path, statSync(path, { throwIfNoEntry: false })?.size ?? 0);
    const descriptor = openSync(path, 'a', 0o600);
    return { descriptor, size: statSync(path).size };
  } catch (cause) {
    const why = systemReason(cause);
    const hint = 'Name another directory with --dir PATH, or a log elsewhere with --log-file PATH.';
    throw new OperatorError('directory-unwritable', `cannot write the log ${path}: ${why}`, hint, { cause });
  }
}

/** Resolves with the reason once the process has ended; never, if it runs on. */
function endOf(child: ChildProcess, logFile: string, logSize: number): Promise<Error> {
  let failure: Failure | undefined;
  child.on('message', (message) => {
    failure = (message as { failure?: Failure }).failure;
  });
  return new Promise((resolve) => {
    child.once('error', (cause) => resolve(new Error(`the node could not be started: ${cause.message}`, { cause })));
    child.once('close', (code, signal) => resolve(failureOfEnd(failure, code, signal, tailOf(logFile, logSize))));
  });
}

function failureOfEnd(failure: Failure | undefined, code: number | null, signal: string | null, tail: string): Error {
  if (failure !== undefined && failure.code !== 'bug') {
    return new OperatorError(failure.code as OperatorErrorCode, failure.message, adviceOf(failure));
  }
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const message = `the node ended ${how} before it served; the end of its log:\n${tail}`;
  const known = GENERAL.find((one) => EXIT_CODES[one] === code);
  return known === undefined ? new Error(message) : new OperatorError(known, message);
}

function tailOf(path: string, from: number): string {
  try {
    const lines = readFileSync(path).subarray(from).toString('utf8').trimEnd().split('\n');
    return lines.slice(-TAIL_LINES).join('\n') || '(the log is empty)';
  } catch {
    return `(${path} cannot be read)`;
  }
}
