import type { BackupFacts } from '../../admin/protocol/api.js';
import type { Restored } from '../../operations/backup/restore.js';
import type * as shapes from '../shapes/backup.js';
import type { Of } from '../shapes/shape.js';
import { textOfBase64 } from './bytes.js';

export function backupJson(facts: BackupFacts & { file: string }): Of<typeof shapes.backup> {
  const { file, name, replica, clusterId, version, atMs, entries, evicted, files } = facts;
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  return { file, name, replica, clusterId, version, atMs, entries, evicted, bytes };
}

export function restoreJson({ sample, ...restored }: Restored & { dryRun: boolean }): Of<typeof shapes.restored> {
  const { created, overridden, same, removed, expired, evicted, incident, dryRun } = restored;
  const keys = sample.map(({ keyBase64 }) => ({ key: textOfBase64(keyBase64), keyBase64 }));
  return { dryRun, created, overridden, same, removed, expired, evicted, incident, sample: keys };
}
