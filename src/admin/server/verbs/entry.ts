import { readSetAside } from '../../../core/membership/records.js';
import type { Bytes } from '../../../core/model/bytes.js';
import { isLive } from '../../../core/model/entry.js';
import { partText } from '../../../core/model/part-ids.js';
import { isPartKey } from '../../../core/model/parts.js';
import type { Steps } from '../../../core/model/steps.js';
import { currentOf } from '../../../core/resolution/live-parts.js';
import { hasEnded } from '../../../node/keys-in.js';
import type { Node } from '../../../node/node.js';
import { type AdminApi, ENTRY_VALUE_BYTES_MAX, type EntryReply, type SetAsideFacts } from '../../protocol/api.js';
import { base64, entryFacts, inSteps, keyOf, vectorJson } from '../../protocol/facts.js';
import { entryParts } from './entry-parts.js';
import { setAsideFacts } from './set-aside.js';

export async function entry(node: Node, request: AdminApi['ENTRY']['request']): Promise<EntryReply> {
  const { data, records, self } = node.core.status;
  const key = keyOf(request);
  const found = currentOf(data.store, key);
  const ended = found !== undefined && hasEnded(node.core, found);
  const live = isLive(found, node.core.nowMs) && !ended;
  const parts = isPartKey(key) ? undefined : await inSteps(entryParts(node, key));
  const valueBytes = Math.min(request.valueBytes ?? 0, ENTRY_VALUE_BYTES_MAX);
  return {
    name: self.name,
    entry: found === undefined ? null : { ...(await inSteps(entryFacts(found, records))), ...(ended ? { ended } : {}) },
    live: live || (parts?.seen ?? null) !== null,
    ...(parts === undefined ? {} : { parts }),
    ...(valueBytes > 0 && live && found.type === undefined
      ? { valueBase64: base64(textOfValue(key, found.value).subarray(0, valueBytes)) }
      : {}),
    vector: vectorJson(data.vector),
    setAside: await inSteps(setAsideOf(node, key)),
  };
}

function textOfValue(key: Bytes, value: Bytes): Bytes {
  return isPartKey(key) ? partText(key, value) : value;
}

function* setAsideOf(node: Node, key: Bytes): Steps<SetAsideFacts[]> {
  const found: SetAsideFacts[] = [];
  for (const entry of node.core.status.records.setAsideOf(key)) {
    if (!isLive(entry, node.core.nowMs)) continue;
    const aside = readSetAside(entry, null);
    // What is bare is told by its parts.
    if (aside !== null && aside.bare !== true) found.push(yield* setAsideFacts(node, aside, entry.expiryMs, false));
    yield;
  }
  if (isPartKey(key)) return found;
  for (const { aside, keptUntilMs } of yield* node.core.operator.setAsideOfParts(key))
    found.push(yield* setAsideFacts(node, aside, keptUntilMs, false));
  return found;
}
