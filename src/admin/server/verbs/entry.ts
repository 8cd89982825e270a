import { readSetAside } from '../../../core/membership/records.js';
import type { Bytes } from '../../../core/model/bytes.js';
import { isLive } from '../../../core/model/entry.js';
import type { Steps } from '../../../core/model/steps.js';
import type { Node } from '../../../node/node.js';
import { type AdminApi, ENTRY_VALUE_BYTES_MAX, type EntryReply, type SetAsideFacts } from '../../protocol/api.js';
import { base64, entryFacts, inSteps, keyOf, vectorJson } from '../../protocol/facts.js';
import { setAsideFacts } from './set-aside.js';

export async function entry(node: Node, request: AdminApi['ENTRY']['request']): Promise<EntryReply> {
  const { data, records, self } = node.core.status;
  const key = keyOf(request);
  const found = data.store.get(key);
  const live = isLive(found, node.core.nowMs);
  const valueBytes = Math.min(request.valueBytes ?? 0, ENTRY_VALUE_BYTES_MAX);
  return {
    name: self.name,
    entry: found === undefined ? null : await inSteps(entryFacts(found, records)),
    live,
    ...(valueBytes > 0 && live && found.type === undefined
      ? { valueBase64: base64(found.value.subarray(0, valueBytes)) }
      : {}),
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
