import { clientKeyOf, databaseOf } from '../../core/entry.js';
import type { UndoResult } from '../../core/undo.js';
import type { Node } from '../../node/node.js';
import type { AdminApi, UndoReply } from '../api.js';
import { base64, keyOf } from '../facts.js';

export async function undo(node: Node, request: AdminApi['UNDO']['request']): Promise<UndoReply> {
  const { incident, keyBase64, database = 0, dryRun = false } = request;
  const key = keyBase64 === undefined ? null : keyOf({ database, keyBase64 });
  const result = await new Promise<UndoResult>((resolve, reject) => {
    node.core.undo({ incident, key, dryRun }, { resolve, reject });
    node.schedule();
  });
  const sample = result.sample.map(({ key: full, action, reason }) => ({
    keyBase64: base64(clientKeyOf(full)),
    database: databaseOf(full),
    action,
    reason,
  }));
  const { restored, skipped, undoIncident } = result;
  return { incident, restored, skipped, undoIncident, sample };
}
