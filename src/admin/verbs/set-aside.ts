import { BUCKETS } from '../../core/bytes.js';
import { isLive } from '../../core/entry.js';
import { OperatorError } from '../../core/errors.js';
import { readSetAside, type SetAside } from '../../core/records.js';
import type { Steps } from '../../core/steps.js';
import type { Node } from '../../node/node.js';
import type { AdminApi, SetAsideFacts, SetAsideReply } from '../api.js';
import { base64, entryFacts, inSteps, namesOf } from '../facts.js';

/** A page ends after so many bytes of values, so that a page of large values stays a page. */
const PAGE_BYTES = 4 * 1024 * 1024;

export async function setAside(node: Node, request: AdminApi['SETASIDE']['request']): Promise<SetAsideReply> {
  const { incident } = request;
  if (node.core.context.records.incident(incident) === undefined) {
    throw new OperatorError('unknown-incident', `There is no incident "${incident}".`, 'mneme split-brain history');
  }
  return inSteps(page(node, request));
}

export function* setAsideFacts(
  node: Node,
  aside: SetAside,
  keptUntilMs: number,
  withValue: boolean,
): Steps<SetAsideFacts> {
  const { records } = node.core.context;
  const islands = records.incident(aside.incident)?.islands ?? [];
  const members = namesOf(islands[aside.island]?.replicas ?? [], records);
  const facts = yield* entryFacts(aside, records);
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

// ---

function* page(node: Node, request: AdminApi['SETASIDE']['request']): Steps<SetAsideReply> {
  const { incident, cursor, limit, values = false } = request;
  const entries: SetAsideFacts[] = [];
  let bytes = 0;
  for (let bucket = cursor; bucket < BUCKETS; bucket++) {
    for (const entry of node.core.context.replicas.system.store.bucket(bucket)) {
      const aside = isLive(entry, node.core.nowMs) ? readSetAside(entry, incident) : null;
      if (aside === null) continue;
      entries.push(yield* setAsideFacts(node, aside, entry.expiryMs, values));
      bytes += aside.key.length + (values ? (aside.value?.length ?? 0) : 0);
    }
    if (entries.length >= limit || bytes >= PAGE_BYTES)
      return { entries, cursor: bucket + 1 < BUCKETS ? bucket + 1 : null };
    yield;
  }
  return { entries, cursor: null };
}
