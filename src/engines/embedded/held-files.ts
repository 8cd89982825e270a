import { closeSync, fstatSync, openSync, read } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { OperatorError } from '../../core/model/errors.js';
import type { HeldFiles } from '../engine.js';
import { dataPath, listData } from './data-directory.js';
import type { Segment } from './journal.js';

const readAt = promisify(read);
/** A compaction may remove a file between its listing and its opening; the next listing is of what took its place. */
const TRIES = 5;

/**
 * Opens the newest snapshot and the journals from its number on. `current`: the journal that is written to, as far as it goes now; to be
 * called in the turn in which all changes were flushed. A file that is removed afterwards is still there for who has it open.
 */
export function holdFiles(dir: string, current: Readonly<Segment>): HeldFiles {
  for (let tried = 1; ; tried++) {
    const fds: number[] = [];
    try {
      const files = pathsOf(dir).map((path) => {
        const fd = openSync(path, 'r');
        fds.push(fd);
        const bytes = path === current.path ? current.size : fstatSync(fd).size;
        return { name: basename(path), bytes };
      });
      return {
        files,
        letGo: () => fds.splice(0).forEach(closeSync),
        read: (file, ...range) => readRange(fds[file], ...range),
      };
    } catch (error) {
      for (const fd of fds) closeSync(fd);
      if (tried === TRIES || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

export function unreadable(dir: string, why: string): OperatorError {
  return new OperatorError(
    'refused',
    `the files in ${dir} do not hold all that was acknowledged: ${why}`,
    'mneme cluster status',
  );
}

// ---

function pathsOf(dir: string): string[] {
  const { snapshots, journals } = listData(dir);
  const newest = snapshots.at(-1);
  const from = newest ?? 0;
  return [
    ...(newest === undefined ? [] : [dataPath(dir, 'snapshot', newest)]),
    ...journals.filter((number) => number >= from).map((number) => dataPath(dir, 'journal', number)),
  ];
}

async function readRange(fd: number | undefined, offset: number, length: number): Promise<Buffer> {
  if (fd === undefined)
    throw new OperatorError('refused', 'the files of the backup were let go', 'Make the backup anew.');
  const { buffer, bytesRead } = await readAt(fd, Buffer.allocUnsafe(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
