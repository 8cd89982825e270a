import type { BackupFacts } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';

/** The first line of a backup. After it come the files, one behind the other, and then the trailer. */
export interface BackupHeader extends BackupFacts {
  readonly format: 'mneme-backup';
  /** Of this arrangement; that of the files in it is their own. */
  readonly formatVersion: number;
}

const FORMAT_VERSION = 1;
/** Files of a data directory, and nothing that leads elsewhere. */
const FILE_NAME = /^(journal|snapshot)-\d{10}$/;

export function formatHeader(facts: BackupFacts): string {
  const header: BackupHeader = { format: 'mneme-backup', formatVersion: FORMAT_VERSION, ...facts };
  return `${JSON.stringify(header)}\n`;
}

/** @throws OperatorError `usage` for what is no backup, `refused` for one of a newer version */
export function parseHeader(path: string, line: string): BackupHeader {
  const header = parse(line);
  if (header?.format !== 'mneme-backup' || !Array.isArray(header.files))
    throw new OperatorError('usage', `${path} is no backup of mneme`, 'One is made by mneme backup create.');
  if (header.formatVersion > FORMAT_VERSION) {
    const message = `${path} was made by mneme ${header.version}, in format ${header.formatVersion}; this one reads up to ${FORMAT_VERSION}`;
    throw new OperatorError('refused', message, `Use mneme ${header.version} or later.`);
  }
  const names = new Set<string>();
  const strange = header.files.findIndex((file) => !isFile(file) || names.size === names.add(file.name).size);
  if (strange >= 0)
    throw new OperatorError(
      'data-corrupt',
      `${path} holds a file that is none of a node: ${JSON.stringify(header.files[strange])}`,
      'Use another backup.',
    );
  return header;
}

export function formatTrailer(sha256: string): string {
  return `\n{"sha256":"${sha256}"}\n`;
}

export const TRAILER_BYTES = formatTrailer('0'.repeat(64)).length;

// ---

function isFile(file: unknown): file is BackupHeader['files'][number] {
  if (typeof file !== 'object' || file === null || !('name' in file) || !('bytes' in file)) return false;
  return (
    typeof file.name === 'string' &&
    FILE_NAME.test(file.name) &&
    Number.isSafeInteger(file.bytes) &&
    Number(file.bytes) >= 0
  );
}

function parse(line: string): BackupHeader | null {
  try {
    return JSON.parse(line) as BackupHeader | null;
  } catch {
    return null;
  }
}
