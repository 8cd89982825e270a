import { randomBytes } from 'node:crypto';
import { OperatorError } from '../../../core/model/errors.js';
import { keyCount } from '../../../core/store/store-digest.js';
import type { HeldFiles } from '../../../engines/engine.js';
import type { Node } from '../../../node/node.js';
import { VERSION } from '../../../node/version.js';
import type { BackupReply, BackupRequest } from '../../protocol/api.js';

const PIECE_BYTES = 1024 * 1024;
const HELD_MAX = 4;
const IDLE_MS = 60_000;

/** Files that are held open for who makes a backup, by its id. */
const held = new WeakMap<Node, Map<string, Held>>();

export async function backup(node: Node, request: BackupRequest): Promise<BackupReply> {
  const all = held.get(node) ?? new Map<string, Held>();
  held.set(node, all);
  if (request.action === 'begin') return begin(node, all);
  const found = all.get(request.id);
  if (found === undefined)
    throw new OperatorError('refused', `nothing is held for the backup ${request.id}: it was left alone for too long`);
  if (request.action === 'end') {
    letGo(all, request.id);
    return { id: request.id };
  }
  found.idle.refresh();
  const { file, offset } = request;
  const bytes = found.files.files[file]?.bytes;
  if (bytes === undefined || !Number.isSafeInteger(offset) || offset < 0)
    throw new OperatorError('usage', `the backup has no byte ${offset} of a file ${file}`);
  const piece = await found.files.read(file, offset, Math.max(0, Math.min(PIECE_BYTES, bytes - offset)));
  return { id: request.id, base64: piece.toString('base64') };
}

// ---

interface Held {
  readonly files: HeldFiles;
  readonly idle: NodeJS.Timeout;
}

function begin(node: Node, all: Map<string, Held>): BackupReply {
  const { self, data } = node.core.status;
  if (all.size >= HELD_MAX)
    throw new OperatorError(
      'refused',
      `${HELD_MAX} backups of ${self.name} are being made already`,
      'Try again in a minute.',
    );
  const files = node.engine.holdFiles();
  if (files === null)
    throw new OperatorError(
      'refused',
      `${self.name} keeps nothing on a disk`,
      'Make the backup of another member: --node ADDRESS.',
    );
  const id = randomBytes(8).toString('hex');
  const idle = setTimeout(() => letGo(all, id), IDLE_MS);
  idle.unref();
  all.set(id, { files, idle });
  const { name, replica, clusterId } = self;
  const facts = {
    ...{ name, replica, clusterId: clusterId ?? '', version: VERSION, atMs: Date.now() },
    ...{ entries: keyCount(data.store), evicted: data.store.evictedKeyCount },
    files: [...files.files],
  };
  return { id, held: facts };
}

function letGo(all: Map<string, Held>, id: string): void {
  const found = all.get(id);
  if (found === undefined) return;
  clearTimeout(found.idle);
  found.files.letGo();
  all.delete(id);
}
