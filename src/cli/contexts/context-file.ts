import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { OperatorError } from '../../core/model/errors.js';
import { advice, quoteWord } from '../../hints/advice.js';
import { fileError } from '../file-errors.js';
import { CONTEXT_FIELDS, type Context, type Contexts, NO_CONTEXTS } from './context.js';

/** Raised when an older program would misread what a newer one wrote. */
const FORMAT = 1;
const FILE_BYTES_MAX = 1 << 20;
/** Whoever could write it could lead an operator to another cluster. */
const WRITTEN_BY_OTHERS = 0o022;

export function contextFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'mneme', 'contexts.json');
}

/** No file: no contexts. @throws OperatorError that names the file and what is wrong with it. */
export function readContexts(path = contextFile()): Contexts {
  let text: string;
  try {
    const file = openSync(path, 'r');
    try {
      const { mode, size } = fstatSync(file);
      if ((mode & WRITTEN_BY_OTHERS) !== 0) throw tooOpen(path);
      if (size > FILE_BYTES_MAX) throw broken(path, `it has ${size} bytes`);
      text = readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return NO_CONTEXTS;
    throw fileError('read', path, error);
  }
  return parsed(path, text);
}

/** Replaces the file at once, for its owner alone: a reader finds the old one or the new one, whole. */
export function writeContexts({ current, contexts }: Contexts, path = contextFile()): void {
  const text = `${JSON.stringify({ format: FORMAT, current, contexts }, null, 2)}\n`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const target = targetOf(path);
    const partial = `${target}.${randomBytes(6).toString('hex')}.partial`;
    try {
      const file = openSync(partial, 'wx', 0o600);
      try {
        writeFileSync(file, text);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(partial, target);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
  } catch (error) {
    throw fileError('write', path, error);
  }
}

// ---

/** Whoever keeps it elsewhere, with a link here, finds it there afterwards too. */
function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function parsed(path: string, text: string): Contexts {
  let file: { format?: unknown; current?: unknown; contexts?: unknown };
  try {
    file = JSON.parse(text) as typeof file;
  } catch (cause) {
    throw broken(path, `it is no JSON (${(cause as Error).message})`);
  }
  const { format, current = null, contexts } = isObject(file) ? file : {};
  if (typeof format === 'number' && format > FORMAT) {
    throw new OperatorError(
      'refused',
      `${path} has format ${format}, and this mneme knows ${FORMAT}: a newer one wrote it`,
      'Use that one, or move the file away and add the contexts anew.',
    );
  }
  if (format !== FORMAT) throw broken(path, `its format is ${JSON.stringify(format)}, not ${FORMAT}`);
  if (!isObject(contexts)) throw broken(path, 'it has no contexts');
  for (const [name, context] of Object.entries(contexts)) checkContext(path, name, context);
  if (current !== null && !(typeof current === 'string' && Object.hasOwn(contexts, current)))
    throw broken(path, `the context in use, ${JSON.stringify(current)}, is none of them`);
  return { current, contexts: contexts as Contexts['contexts'] };
}

function checkContext(path: string, name: string, context: unknown): asserts context is Context {
  if (!isObject(context)) throw broken(path, `"${name}" is no context`);
  if (context.node === undefined) throw broken(path, `"${name}" names no node`);
  for (const [field, value] of Object.entries(context)) {
    const kind = CONTEXT_FIELDS[field as keyof typeof CONTEXT_FIELDS];
    if (kind === undefined) throw broken(path, `"${name}" has "${field}", which is nothing that a context says`);
    if (typeof value !== kind) throw broken(path, `"${field}" of "${name}" is ${JSON.stringify(value)}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function broken(path: string, what: string): OperatorError {
  return new OperatorError(
    'refused',
    `${path} is no file of contexts: ${what}`,
    'Mend it, or move it away and add the contexts anew with mneme context add.',
  );
}

function tooOpen(path: string): OperatorError {
  return new OperatorError(
    'refused',
    `others than its owner can write ${path}, and could lead you to another cluster`,
    advice(`chmod 600 ${quoteWord(path)}`, 'After a look at what it says: mneme context list.'),
  );
}
