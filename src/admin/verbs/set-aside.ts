import { BUCKETS } from '../../core/bytes.js';
import { isLive } from '../../core/entry.js';
import { OperatorError } from '../../core/errors.js';
import { readSetAside, type SetAside } from '../../core/records.js';
import type { Node } from '../../node/node.js';
import type { AdminApi, SetAsideFacts, SetAsideReply } from '../api.js';
import { base64, bucketsFrom, entryFacts, inSlices, namesOf } from '../facts.js';

export async function setAside(node: Node, request: AdminApi['SETASIDE']['request']): Promise<SetAsideReply> {
  const { records, replicas } = node.core.context;
  const { incident, cursor, limit, values = false } = request;
  if (records.incident(incident) === undefined) {
    throw new OperatorError('unknown-incident', `There is no incident "${incident}".`, 'mneme split-brain history');
  }
  const entries: SetAsideFacts[] = [];
  let next: number | null = null;
  await inSlices(bucketsFrom(cursor, BUCKETS), (bucket) => {
    for (const entry of replicas.system.store.bucket(bucket)) {
      const aside = isLive(entry, node.core.nowMs) ? readSetAside(entry, incident) : null;
      if (aside !== null) entries.push(setAsideFacts(node, aside, entry.expiryMs, values));
    }
    if (entries.length < limit) return;
    next = bucket + 1 < BUCKETS ? bucket + 1 : null;
    return false;
  });
  return { entries, cursor: next };
}

export function setAsideFacts(node: Node, aside: SetAside, keptUntilMs: number, withValue: boolean): SetAsideFacts {
  const { records } = node.core.context;
  const islands = records.incident(aside.incident)?.islands ?? [];
  const members = namesOf(islands[aside.island]?.replicas ?? [], records);
  const facts = entryFacts(aside, records);
  return {
    incident: aside.incident,
    database: facts.database,
    keyBase64: facts.keyBase64,
    island: members.join(', '),
    overridden: withValue && aside.value !== null ? { ...facts, valueBase64: base64(aside.value) } : facts,
    standing: aside.standing ?? { hlc: 0, origin: '' },
    keptUntilMs,
  };
}
