import { statSync, writeFileSync } from 'node:fs';
import { OperatorError } from '../core/model/errors.js';
import { systemReason } from '../core/model/system-errors.js';
import { advice, quoteWord } from '../hints/advice.js';
import { ClusterSecret, SECRET_CHARACTERS_MIN, SECRETS_MAX } from './secret.js';
import { readSmallFile } from './small-file.js';

/** Read and write for others than the owner and the group; a group is how services are given secrets. */
const OTHERS = 0o007;
const GROUP_WRITES = 0o020;
const FILE_BYTES_MAX = 4096;

/**
 * The secrets of a file, one a line. Throws OperatorError `refused` where others can read it, or a secret is too short:
 * it would protect nothing.
 */
export function readSecretFile(path: string): ClusterSecret {
  const text = textOf(path);
  const secrets = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (secrets.length === 0) throw refused(`${path} holds no secret`, `mneme cluster secret --out ANOTHER-FILE`);
  if (secrets.length > SECRETS_MAX)
    throw refused(`${path} holds ${secrets.length} secrets, and at most ${SECRETS_MAX} are taken`, KEEP_TWO);
  const short = secrets.findIndex((secret) => secret.length < SECRET_CHARACTERS_MIN);
  if (short >= 0)
    throw refused(
      `the secret in line ${short + 1} of ${path} has ${secrets[short]!.length} characters, and needs ${SECRET_CHARACTERS_MIN}`,
      advice('mneme cluster secret', 'It prints one that cannot be guessed.'),
    );
  return new ClusterSecret(secrets);
}

/** A new file for its owner alone. Throws OperatorError `refused`, also where the file is there already. */
export function writeSecretFile(path: string, secret: string): void {
  try {
    writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    const why = isThere ? 'it is there already, and may hold the secret of a cluster' : systemReason(cause);
    const next =
      'Name another file. To give a running cluster a new secret, put it in the first line of the file, above the old one.';
    throw new OperatorError('refused', `${path || '""'} cannot be written: ${why}`, isThere ? next : null, { cause });
  }
}

/** Whether others than its owner and its group can read the file, or others than its owner can write it; null: it cannot be seen. */
export function isTooOpen(path: string): boolean | null {
  try {
    return (statSync(path).mode & (OTHERS | GROUP_WRITES)) !== 0;
  } catch {
    return null;
  }
}

// ---

const KEEP_TWO = 'Keep the new one in the first line and the old one in the second.';

function textOf(path: string): string {
  try {
    if (isTooOpen(path) === true)
      throw refused(`others can read ${path}, or write it: what it holds is no secret`, tighten(path));
    const text = readSmallFile(path, FILE_BYTES_MAX);
    if (text.length > FILE_BYTES_MAX)
      throw refused(`${path} has more than ${FILE_BYTES_MAX} bytes: that is no file of secrets`, null);
    return text;
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    throw new OperatorError(
      'refused',
      `the file of the cluster's secret, ${path}, cannot be read: ${systemReason(cause)}`,
      advice(`mneme cluster secret --out ${quoteWord(path)}`, 'That makes a new secret: one cluster has one for all.'),
      { cause },
    );
  }
}

function tighten(path: string): string {
  return advice(
    `chmod 600 ${quoteWord(path)}`,
    'And if others may have read it: mneme cluster secret makes a new one.',
  );
}

function refused(message: string, next: string | null): OperatorError {
  return new OperatorError('refused', message, next);
}
