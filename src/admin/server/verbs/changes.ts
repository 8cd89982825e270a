import type { Bytes } from '../../../core/model/bytes.js';
import type { Entry } from '../../../core/model/entry.js';
import { OperatorError } from '../../../core/model/errors.js';
import type { Steps } from '../../../core/model/steps.js';
import { VersionVector } from '../../../core/model/vector.js';
import { changesBeyond, reachesBack } from '../../../core/replication/changes-beyond.js';
import { currentOf } from '../../../core/resolution/live-parts.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, ChangesReply, EntryFacts, KeyName } from '../../protocol/api.js';
import { entryFacts, inSteps, keyName, keyOf } from '../../protocol/facts.js';

const PAGE_MAX = 10_000;
const KNOWN_MAX = 64;

export async function changes(node: Node, request: AdminApi['CHANGES']['request']): Promise<ChangesReply> {
  return inSteps(request.keys === undefined ? changed(node, request) : versionsOf(node, request.keys));
}

// ---

function* changed(
  node: Node,
  { known = [], upto, cursor, limit, keysOnly }: AdminApi['CHANGES']['request'],
): Steps<ChangesReply> {
  const { self, data } = node.core.status;
  const { store } = data;
  if (known.length === 0 || known.length > KNOWN_MAX || upto === undefined)
    throw new OperatorError(
      'usage',
      `MNEME CHANGES takes keys, or 1 to ${KNOWN_MAX} known vectors and one to go up to.`,
    );
  const vectors = known.map((vector) => VersionVector.from(vector));
  const end = VersionVector.from(upto);
  if (!vectors.every((vector) => reachesBack(store, vector, end))) {
    const message = `the log of ${self.name} does not reach back to what the other island has: it cannot say what changed since`;
    throw new OperatorError('refused', message, 'mneme split-brain status');
  }
  const from = cursor ?? { origin: 0, seq: 0 };
  const page = yield* changesBeyond(store, vectors, end, from, Math.min(limit ?? PAGE_MAX, PAGE_MAX));
  return { ...(yield* factsOf(node, page.entries, keysOnly === true)), next: page.next };
}

function* versionsOf(node: Node, keys: readonly KeyName[]): Steps<ChangesReply> {
  const { store } = node.core.status.data;
  const entries = keys.slice(0, PAGE_MAX).flatMap((key) => currentOf(store, keyOf(key)) ?? []);
  return { ...(yield* factsOf(node, entries, false)), next: null };
}

function* factsOf(node: Node, entries: readonly Entry[], keysOnly: boolean): Steps<Omit<ChangesReply, 'next'>> {
  const found: EntryFacts[] = [];
  const keys: ChangesReply['keys'] = [];
  let lastHlc = 0;
  for (const [at, entry] of entries.entries()) {
    if (at % 64 === 63) yield;
    lastHlc = Math.max(lastHlc, entry.hlc);
    if (keysOnly) keys.push(wordOf(entry.key));
    else found.push(yield* entryFacts(entry, node.core.status.records));
  }
  return { entries: found, keys, lastHlc };
}

/** The same for all parts of a key. */
function wordOf(key: Bytes): string {
  const { database, keyBase64 } = keyName(key);
  return `${database}/${keyBase64}`;
}
