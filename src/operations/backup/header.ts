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
  const strange = header.files.find(
    ({ name, bytes }) => !FILE_NAME.test(name) || !Number.isSafeInteger(bytes) || bytes < 0,
  );
  if (strange !== undefined)
    throw new OperatorError('data-corrupt', `${path} holds a file that is none of a node: ${JSON.stringify(strange)}`);
  return header;
}

export function formatTrailer(sha256: string): string {
  return `\n{"sha256":"${sha256}"}\n`;
}

export const TRAILER_BYTES = formatTrailer('0'.repeat(64)).length;

// ---

function parse(line: string): BackupHeader | null {
  try {
    return JSON.parse(line) as BackupHeader | null;
  } catch {
    return null;
  }
}
