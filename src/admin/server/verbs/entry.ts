import { readSetAside } from '../../../core/membership/records.js';
import type { Bytes } from '../../../core/model/bytes.js';
import { isLive } from '../../../core/model/entry.js';
import type { Steps } from '../../../core/model/steps.js';
import type { Node } from '../../../node/node.js';
import type { EntryReply, SetAsideFacts } from '../../protocol/api.js';
import { entryFacts, inSteps, keyOf, vectorJson } from '../../protocol/facts.js';
import { setAsideFacts } from './set-aside.js';

export async function entry(node: Node, request: { database: number; keyBase64: string }): Promise<EntryReply> {
  const { data, records, self } = node.core.status;
  const key = keyOf(request);
  const found = data.store.get(key);
  return {
    name: self.name,
    entry: found === undefined ? null : await inSteps(entryFacts(found, records)),
    live: isLive(found, node.core.nowMs),
    vector: vectorJson(data.vector),
    setAside: await inSteps(setAsideOf(node, key)),
  };
}

function* setAsideOf(node: Node, key: Bytes): Steps<SetAsideFacts[]> {
  const found: SetAsideFacts[] = [];
  for (const entry of node.core.status.records.setAsideOf(key)) {
    if (!isLive(entry, node.core.nowMs)) continue;
    const aside = readSetAside(entry, null);
    if (aside !== null) found.push(yield* setAsideFacts(node, aside, entry.expiryMs, false));
    yield;
  }
  return found;
}
