import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { OperatorError } from '../../core/model/errors.js';
import { advice, quoteWord } from '../../hints/advice.js';
import { nodeDisk } from './disk.js';
import { noDirectory, unwritable } from './failures.js';

/** What is cached is for its owner alone. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
/** Files of a node, whatever follows in their names. Others that lie beside them are left as they are. */
const OWN_FILE = /^(node\.(json|log)|journal|snapshot|lock|reserve|operator-key)/;
const OWN_FOLDER = 'events';

/**
 * Make a data directory and its missing parents, or see that an existing one is for its owner alone: what others can read is
 * mended; one that others can write is refused, since what is in it may be theirs. Returns the directories that were made.
 *
 * Made one by one: with `recursive`, Node loops for ever where the kernel refuses, as in /proc. Their names are made durable:
 * with them, all that is in the directory would vanish. Throws OperatorError 'directory-unwritable'.
 */
export async function makePrivateDirectory(dir: string): Promise<string[]> {
  const made: string[] = [];
  try {
    for (const path of missing(dir)) {
      if (!makeIfMissing(path)) continue;
      made.push(path);
      await nodeDisk.syncDirectory(dirname(path));
    }
    mendModes(dir);
    return made;
  } catch (error) {
    removeMade(made);
    throw unwritable(dir, error);
  }
}

/** Make a directory and its missing parents, for their owner alone. Throws what the system says. */
export function makeDirectory(dir: string): void {
  for (const path of missing(dir)) makeIfMissing(path);
}

/** As makePrivateDirectory, for who needs it before the node does: for a log in it. Nothing is made durable. */
export function preparePrivateDirectory(dir: string): void {
  try {
    makeDirectory(dir);
    mendModes(dir);
  } catch (error) {
    throw unwritable(dir, error);
  }
}

/** Remove directories that were made for nothing, the deepest first, as far as they are empty. */
export function removeMade(made: readonly string[]): void {
  for (const path of [...made].reverse()) {
    try {
      rmdirSync(path);
    } catch {
      return;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function missing(dir: string): string[] {
  const paths: string[] = [];
  for (let path = resolve(dir); !existsSync(path); path = dirname(path)) paths.unshift(path);
  return paths;
}

/** Another process may make the same directory. */
function makeIfMissing(path: string): boolean {
  try {
    mkdirSync(path, { mode: DIRECTORY_MODE });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function mendModes(dir: string): void {
  const found = statSync(dir);
  if (!found.isDirectory()) throw noDirectory(dir);
  const { mode } = found;
  if ((mode & OTHERS_WRITE) !== 0) throw open(dir, mode);
  if ((mode & OTHERS) !== 0) chmodSync(dir, DIRECTORY_MODE);
  for (const name of readdirSync(dir)) {
    const path = join(dir, name);
    const file = lstatSync(path, { throwIfNoEntry: false });
    if (file === undefined || (file.mode & OTHERS) === 0) continue;
    if (OWN_FILE.test(name) && file.isFile()) chmodSync(path, FILE_MODE);
    if (name === OWN_FOLDER && file.isDirectory()) chmodSync(path, DIRECTORY_MODE);
  }
}

function open(dir: string, mode: number): OperatorError {
  const octal = (mode & 0o7777).toString(8);
  const message = `others can write to ${dir} (mode ${octal}): a node keeps its data where its owner alone can`;
  return new OperatorError(
    'directory-unwritable',
    message,
    advice(`chmod 700 ${quoteWord(dir)}`, 'Or name another with --dir PATH.'),
  );
}
