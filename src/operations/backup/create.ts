import { withClient } from '../../admin/client/client.js';
import type { BackupFacts } from '../../admin/protocol/api.js';
import type { ByteSink } from '../common/byte-sink.js';
import { formatHeader } from './header.js';

/**
 * All that a node holds, as of one moment, piece by piece: its newest snapshot and the journal since, which the node holds open as they
 * are now. Writes go on meanwhile, and are not in it.
 * @throws OperatorError `refused` by a node that keeps nothing on a disk, or whose disk fails
 */
export async function backupCreate(
  address: string,
  sink: ByteSink,
  onProgress: (bytes: number, of: number) => void,
): Promise<BackupFacts> {
  return withClient(address, async (client) => {
    const { id, held } = await client.call('BACKUP', { action: 'begin' });
    if (held === undefined) throw new Error('the node holds nothing for the backup');
    const of = held.files.reduce((sum, { bytes }) => sum + bytes, 0);
    let done = 0;
    await sink(formatHeader(held));
    for (const [file, { bytes }] of held.files.entries()) {
      for (let offset = 0; offset < bytes; ) {
        const { base64 = '' } = await client.call('BACKUP', { action: 'read', id, file, offset });
        const piece = Buffer.from(base64, 'base64');
        if (piece.length === 0) throw new Error(`a file of the node ends at byte ${offset} of ${bytes}`);
        await sink(piece);
        offset += piece.length;
        done += piece.length;
        onProgress(done, of);
      }
    }
    await client.call('BACKUP', { action: 'end', id });
    return held;
  });
}
