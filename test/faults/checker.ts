import { compareVersions } from '../../src/core/model/version.js';
import { unrecorded } from './apart.js';
import { Bounds } from './bounds.js';
import type { Evidence, Read, SetBack, Version, Write } from './history.js';
import { intrusions } from './intruders.js';
import { unnoticed } from './unnoticed.js';

export interface Violation {
  /**
   * lost: an acknowledged write is nowhere, and nothing tells of it. unrecorded: of what islands wrote apart, more than one is nowhere set aside. unnoticed:
   * islands wrote apart, and no record tells of it. resurrected: the same of a delete. wait: fewer had a write than WAIT
   * said. unequal: nodes differ in the end. unwritten: a value that nobody wrote. own read: a client read what was there before
   * its own write. expired: a value came back after its end. intruder: a user wrote who had been removed, or where it may not.
   */
  readonly rule:
    | 'lost'
    | 'unrecorded'
    | 'unnoticed'
    | 'resurrected'
    | 'wait'
    | 'unequal'
    | 'unwritten'
    | 'own read'
    | 'expired'
    | 'intruder';
  readonly key: string;
  readonly text: string;
}

/** After so long an expired value is gone, whatever the clocks of the machines are. */
const EXPIRY_SLACK_MS = 15_000;

/** What clients were told, and what is there in the end, has to agree. Returns what does not. */
export function check(evidence: Evidence): Violation[] {
  const byKey = new Map<string, (Write | Read)[]>();
  for (const operation of evidence.operations) {
    const list = byKey.get(operation.key) ?? [];
    byKey.set(operation.key, list);
    list.push(operation);
  }
  const ofKeys = [...byKey].flatMap(([key, operations]) => {
    const reads = operations.filter((one) => one.kind === 'get');
    const writes = operations.filter((one) => one.kind !== 'get').filter((one) => one.outcome !== 'refused');
    return [
      ...unequal(key, evidence),
      ...missing(key, writes, evidence),
      ...overridden(key, writes, evidence),
      ...reads.flatMap((read) => misread(read, writes)),
      ...ownReads(operations, writes, evidence),
      ...writes.flatMap((write) => falseWait(write, writes, evidence)),
    ];
  });
  return [...unnoticedCuts(evidence), ...intruders(evidence), ...ofKeys];
}

// ---------------------------------------------------------------------------------------------------------------------

/** Two sides that wrote apart are told of, whatever becomes of what they wrote. */
function unnoticedCuts(evidence: Evidence): Violation[] {
  return unnoticed(evidence).map(({ node, others, fromMs, untilMs }) => {
    const when = `${new Date(fromMs).toISOString()} to ${new Date(untilMs).toISOString()}`;
    const text = `${node} was cut off from ${others.join(' and ')}, ${when}: both wrote, and no split-brain was recorded`;
    return { rule: 'unnoticed', key: '(all)', text };
  });
}

/** The first of each user at each node. */
function intruders(evidence: Evidence): Violation[] {
  const first = new Map<string, Violation>();
  for (const { attempt, why } of intrusions(evidence)) {
    const { user, node, startMs } = attempt;
    const text = `${user} wrote through ${node} at ${new Date(startMs).toISOString()}, ${why}`;
    if (!first.has(`${user} ${node}`)) first.set(`${user} ${node}`, { rule: 'intruder', key: '(all)', text });
  }
  return [...first.values()];
}

/** Every node has the same of a key. */
function unequal(key: string, { finals }: Evidence): Violation[] {
  const has = Object.entries(finals).map(([node, keys]) => ({ node, id: keys[key]?.id ?? null }));
  const isEqual = has.every(({ id }) => id === has[0]!.id);
  const text = has.map(({ node, id }) => `${node} has ${id ?? 'nothing'}`).join(', ');
  return isEqual ? [] : [{ rule: 'unequal', key, text }];
}

/**
 * What stands is the last write by the order of versions, or what is above it was set aside. A write that was overwritten where
 * it was made, before that was set aside, has no record of its own.
 */
function missing(key: string, writes: readonly Write[], evidence: Evidence): Violation[] {
  const [stands] = Object.values(evidence.finals).map((keys) => keys[key]?.id ?? null);
  if (stands === undefined) return [];
  const bounds = new Bounds(writes, evidence);
  const last = bounds.latestOf(stands);
  if (last === null && stands !== null) return [{ rule: 'unwritten', key, text: `${stands} stands` }];
  const missed = writes
    .filter((write) => write.outcome === 'done' && write.hadEffect && write.id !== stands)
    .filter((write) => !bounds.isExcused(write) && !bounds.isBelow(write, last) && !bounds.isAccountedFor(write));
  const latest = bounds.latestIn(missed);
  if (latest === null) return [];
  const text = `${stands ?? 'nothing'} stands, and not ${describe(latest)}, which is nowhere set aside`;
  return [{ rule: ruleOf(latest, stands), key, text }];
}

/** What a resolution overrides is set aside, whichever version stands. */
function overridden(key: string, writes: readonly Write[], evidence: Evidence): Violation[] {
  return unrecorded(writes, new Bounds(writes, evidence), evidence).map((lasts) => {
    const text = `none of these was set aside: ${lasts.map(describe).join('; ')}`;
    return { rule: 'unrecorded', key, text };
  });
}

function ruleOf(write: Write, stands: string | null): Violation['rule'] {
  if ((write.waited ?? 0) > 0) return 'wait';
  return write.kind === 'del' && stands !== null ? 'resurrected' : 'lost';
}

/** A value that is read was written before, to this key, and has not been expired for long. */
function misread(read: Read, writes: readonly Write[]): Violation[] {
  const { id, key } = read;
  if (id === null) return [];
  const write = writes.find((one) => one.id === id && one.kind !== 'del' && one.startMs <= read.endMs);
  const where = `${read.client} read ${id} at ${read.node}`;
  if (write === undefined) return [{ rule: 'unwritten', key, text: `${where}, which nobody had written` }];
  const isOver =
    write.outcome === 'done' && write.ttlMs !== null && read.startMs > write.endMs + write.ttlMs + EXPIRY_SLACK_MS;
  return isOver ? [{ rule: 'expired', key, text: `${where} long after its end: ${describe(write)}` }] : [];
}

/** After its own write a client finds that or a later one at the same node. */
function ownReads(operations: readonly (Write | Read)[], writes: readonly Write[], evidence: Evidence): Violation[] {
  const bounds = new Bounds(writes, evidence);
  const latest = new Map<string, Write>();
  const violations: Violation[] = [];
  for (const operation of operations) {
    const own = latest.get(operation.client);
    if (operation.kind !== 'get') {
      if (operation.outcome === 'done' && operation.version !== null) latest.set(operation.client, operation);
    } else if (
      own !== undefined &&
      !isSetBackBetween(own, operation, evidence) &&
      isBefore(operation, own, writes, bounds)
    ) {
      const text = `${own.client} read ${operation.id ?? 'nothing'} at ${own.node} after ${describe(own)}`;
      violations.push({ rule: 'own read', key: own.key, text });
    }
  }
  return violations;
}

/** Where there is no entry at all, a delete, an expiry or what a promotion took away was collected. */
function isBefore(read: Read, own: Write, writes: readonly Write[], bounds: Bounds): boolean {
  if (read.version !== null) return isLess(read.version, own.version!);
  return !bounds.isAside(own) && !writes.some((one) => one.kind !== 'set' && one.startMs <= read.endMs);
}

function isSetBackBetween(own: Write, read: Read, { setBacks }: Evidence): boolean {
  return setBacks.some(
    ({ node, putBackMs }) => node === own.node && own.startMs <= putBackMs && putBackMs <= read.endMs,
  );
}

/** So many others have the write, or something later, as WAIT said. Who could not be asked may have it. */
function falseWait(write: Write, writes: readonly Write[], { setBacks }: Evidence): Violation[] {
  const { waited, witnesses, version, key } = write;
  if (waited === null || waited === 0 || version === null) return [];
  const mayBeCollected = writes.some((one) => one.kind !== 'set');
  const lack = witnesses.filter(({ node, version: theirs }) => {
    if (theirs === 'unreachable' || setBacks.some((one) => one.node === node && mayLack(one, write))) return false;
    return theirs === null ? !mayBeCollected : isLess(theirs, version);
  });
  if (witnesses.length - lack.length >= waited) return [];
  const text = `WAIT said ${waited} after ${describe(write)}, and ${lack.map(({ node }) => node).join(' and ')} did not have it`;
  return [{ rule: 'wait', key, text }];
}

/** Of one that keeps nothing it is known when it had all that it had said to have. */
function mayLack({ putBackMs, isMemory }: SetBack, { startMs }: Write): boolean {
  return isMemory === undefined || putBackMs >= startMs;
}

function isLess(a: Version, b: Version): boolean {
  return compareVersions(a, b) === 'before';
}

function describe({ id, kind, node, startMs, waited }: Write): string {
  const wait = waited === null ? '' : `, WAIT ${waited}`;
  return `${kind} ${id} through ${node} at ${new Date(startMs).toISOString()}${wait}`;
}
