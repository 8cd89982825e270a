import type { ChangesReply, EntryFacts, PlanReply, StatusReply } from '../../admin/protocol/api.js';
import { keyName, keyOf } from '../../admin/protocol/facts.js';
import { planView } from '../../admin/protocol/plan-view.js';
import { readFilter } from '../../admin/protocol/row-filter.js';
import { bytesToId, idToBytes } from '../../core/model/bytes.js';
import { type Entry, typeOfName } from '../../core/model/entry.js';
import { OperatorError } from '../../core/model/errors.js';
import { readPolicy } from '../../core/model/policy-text.js';
import { finish, type Steps } from '../../core/model/steps.js';
import { OneSidedTally } from '../../core/resolution/one-sided-keys.js';
import { type PlanInput, type PlanIsland, planItems } from '../../core/resolution/plan.js';
import { ShownTally } from '../../core/resolution/shown-items.js';
import { type ShownPlan, type ShownVersion, seenVersion, shownOf } from '../../core/resolution/shown-plan.js';
import type { Strategy as CoreStrategy } from '../../core/resolution/strategy.js';
import { findMember } from '../common/survey.js';
import { toVector } from '../replica/bucket-read.js';
import { type IslandApart, surveyFrom, withIslands } from './islands-apart.js';
import { filterRequest, type RowsWanted } from './rows-wanted.js';
import { type Strategy, strategyText } from './strategy.js';

/** The most keys of all islands that are held here. */
const KEYS_MAX = 1_000_000;
const GROUPS_SHOWN = 10;
const NAMED_PER_CALL = 5000;

/**
 * What a merge would decide if the network were whole, put together from what a member of each island says. Nothing of it can be carried
 * out. null: fewer than two islands answer here.
 */
export async function splitBrainPreview(
  addresses: readonly string[],
  strategy: Strategy,
  rows: RowsWanted,
): Promise<PlanReply | null> {
  const { survey, reachedAt } = await surveyFrom(addresses);
  return withIslands(survey, reachedAt, async (found) => {
    if (found.length < 2) return null;
    const core = coreStrategy(strategy, survey.asked);
    const islands = inOrder(found, core);
    const names = namesFrom(found);
    const changed = await readChanges(islands);
    const own = core.kind === 'promote' ? await ownVersions(islands[0]!, changed) : changed[0]!.changed;
    const shown = finish(previewOf(core, changed, own, skewOf(found)));
    const filter = readFilter(filterRequest(rows), shown.islands, names);
    const { limit, offset = 0 } = rows;
    const view = finish(planView(shown, { filter, offset, limit, groups: GROUPS_SHOWN }, names));
    const executor = islands[0]!.speaker.self.name;
    const absent = survey.asked.members.filter(({ name }) => !islands.some(({ members }) => members.includes(name)));
    const absentReplicas = absent.map(({ replica }) => replica);
    const taken = { absent: absent.map(({ name }) => name), absentReplicas, preliminary: true } as const;
    return { ...view, ...taken, incident: null, separatedMs: separatedMs(found), executor };
  });
}

// ---

/** A version of which only facts are known here: its value is stood for by its hash and length. */
interface Stated extends Entry {
  readonly facts: ShownVersion;
}

function* previewOf(
  strategy: CoreStrategy,
  islands: readonly PlanIsland[],
  own: Pick<Map<string, Entry>, 'get'>,
  skewMs: number,
): Steps<ShownPlan> {
  const oneSided = new OneSidedTally(
    (entry) => (entry as Partial<Stated>).facts?.valueBytes ?? entry.value?.length ?? 0,
  );
  const tally = new ShownTally(islands.length, (entry) => (entry as Partial<Stated>).facts ?? seenVersion(entry));
  const input: PlanInput = {
    ...{ strategy, decisions: new Map(), islands, oneSided, fence: null, skewMs, nowMs: Date.now() },
    own: (key) => own.get(bytesToId(key)),
    textOf: (entry) => (entry as Partial<Stated>).facts?.preview ?? null,
  };
  const counts = yield* planItems(input, (item, id) => tally.add(item, id));
  return yield* shownOf({ ...input, counts }, yield* tally.packed(), yield* oneSided.packed());
}

/** The executor's island first: of a promotion that of the promoted node. */
function inOrder(islands: readonly IslandApart[], strategy: CoreStrategy): IslandApart[] {
  const first =
    strategy.kind === 'promote' ? islands.find(({ replicas }) => replicas.includes(strategy.node)) : islands[0];
  if (first === undefined)
    throw new OperatorError(
      'refused',
      'no member of the island that would be promoted answers here',
      'mneme cluster status',
    );
  return [first, ...islands.filter((island) => island !== first)];
}

/** For the first island what any other lacks; for the others what the first lacks. */
async function readChanges(islands: readonly IslandApart[]): Promise<PlanIsland[]> {
  const [first, ...others] = islands;
  const found: PlanIsland[] = [];
  let room = KEYS_MAX;
  for (const island of islands) {
    const known = island === first ? others.map(({ vector }) => vector) : [first!.vector];
    const changed = await readIsland(island, known, room);
    room -= changed.size;
    found.push({ replicas: island.replicas, vector: toVector(island.vector), changed });
  }
  return found;
}

async function readIsland(
  { client, vector }: IslandApart,
  known: readonly IslandApart['vector'][],
  room: number,
): Promise<Map<string, Entry>> {
  const changed = new Map<string, Entry>();
  let cursor: { origin: number; seq: number } | null = { origin: 0, seq: 0 };
  while (cursor !== null) {
    const page: ChangesReply = await client.call('CHANGES', { known: [...known], upto: vector, cursor });
    for (const facts of page.entries) put(changed, facts);
    cursor = page.next;
    if (changed.size > room) throw tooMany();
  }
  return changed;
}

function tooMany(): OperatorError {
  const message = `the islands have changed more than ${KEYS_MAX} keys: so many are not compared while the network is cut`;
  return new OperatorError('refused', message, 'mneme split-brain status');
}

/** What the promoted node has of keys that the others changed, changed there or not. */
async function ownVersions(
  { client }: IslandApart,
  [first, ...others]: readonly PlanIsland[],
): Promise<Map<string, Entry>> {
  const own = new Map([...first!.changed.keys()].map((id) => [id, first!.changed.get(id)!]));
  const missing = [...new Set(others.flatMap(({ changed }) => [...changed.keys()]))].filter((id) => !own.has(id));
  for (let at = 0; at < missing.length; at += NAMED_PER_CALL) {
    const keys = missing.slice(at, at + NAMED_PER_CALL).map((id) => keyName(idToBytes(id)));
    for (const facts of (await client.call('CHANGES', { keys })).entries) put(own, facts);
  }
  return own;
}

function put(changed: Map<string, Entry>, facts: EntryFacts): void {
  const key = keyOf(facts);
  changed.set(bytesToId(key), statedEntry(key, facts));
}

function statedEntry(key: Uint8Array, facts: EntryFacts): Stated {
  const { hlc, origin, seq, expiryMs, touch, tombstone, valueBytes, valueHash, previewBase64 } = facts;
  const isGone = tombstone || facts.evicted === true;
  const type = facts.type === undefined ? undefined : typeOfName(facts.type);
  // Of some parts a text is told, and what they are beside it.
  const state = facts.part?.stateBase64;
  const beginning = state ?? previewBase64;
  const preview = beginning === null ? null : bytesToId(Buffer.from(beginning, 'base64'));
  const touched = touch === undefined ? {} : { touch };
  const shown = { hlc, origin, seq, expiryMs, ...touched, type, deleted: tombstone, evicted: facts.evicted === true };
  return {
    ...{
      key,
      value: isGone
        ? null
        : Buffer.from(state ?? `${valueHash}/${valueBytes}`, state === undefined ? 'utf8' : 'base64'),
      hlc,
      origin,
      seq,
      expiryMs,
      ...touched,
    },
    ...(type === undefined ? {} : { type }),
    ...(facts.evicted === true ? { evicted: true } : {}),
    facts: { ...shown, valueBytes, valueHash, preview },
  };
}

function coreStrategy(strategy: Strategy, { members }: StatusReply): CoreStrategy {
  if (strategy.kind === 'promote') return { kind: 'promote', node: findMember(members, strategy.node).replica };
  if (strategy.policy === 'lww' || strategy.policy === 'keep-longest-ttl')
    return { kind: 'merge', policy: strategy.policy };
  if (strategy.policy === 'prefer')
    return { kind: 'merge', policy: 'prefer', node: findMember(members, strategy.node).replica };
  const rules =
    strategy.policy === 'by-prefix' ? readPolicy(strategy.rules, (name) => findMember(members, name).replica) : null;
  if (rules !== null) return { kind: 'merge', ...rules };
  throw new OperatorError(
    'refused',
    `${strategyText(strategy)} decides once the islands hear each other: a look before that is by a policy that is built in`,
    'mneme split-brain plan --policy lww',
  );
}

function namesFrom(islands: readonly IslandApart[]): { nameOf: (replica: string) => string } {
  const names = new Map(islands.flatMap(({ speaker }) => speaker.members.map(({ replica, name }) => [replica, name])));
  return { nameOf: (replica) => names.get(replica) ?? replica };
}

/** The clocks of the speakers when they were asked, at about the same time: so it is no less than what they differ by, and their answers took. */
function skewOf(islands: readonly IslandApart[]): number {
  const times = islands.map(({ speaker }) => speaker.nowMs);
  return Math.max(...times) - Math.min(...times);
}

/** The first that somebody has not heard somebody of another island. */
function separatedMs(islands: readonly IslandApart[]): number {
  const since = islands.flatMap(({ speaker }) =>
    speaker.members
      .filter(({ replica }) => islands.some((other) => other.speaker !== speaker && other.replicas.includes(replica)))
      .map(({ stateSinceMs }) => speaker.nowMs - stateSinceMs),
  );
  return Math.min(Date.now(), ...since);
}
