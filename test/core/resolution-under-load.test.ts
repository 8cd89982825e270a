import { beforeEach, expect, test } from '@jest/globals';
import type { IncidentRecord } from '../../src/core/membership/records.js';
import { hlcToMs } from '../../src/core/model/hlc.js';
import type { Message } from '../../src/core/replication/messages.js';
import { SLICES } from '../../src/core/store/slices.js';
import { innardsOf } from './support/innards.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

/** An answer to a read holds a few rows, so that an island which writes on is never read to its end. */
const SMALL = { ...SLICES, readBytes: 300 };
const KEYS = 400;
/** For so long nothing may move. */
const TOO_LONG_MS = 6 * TIMEOUT_MS + 30_000;
/** Writes of clients in all: what goes on for ever in a cluster has to stop in a test that fails. */
const WRITES_MAX = 50_000;

let cluster: MiniCluster;
let a: MiniNode;
let b: MiniNode;
let c: MiniNode;
let writes: number;

/** Every node takes writes whenever one of these messages arrives anywhere. */
function writeOn(...types: Message['type'][]): void {
  cluster.onDelivery = ({ type }) => {
    if (!types.includes(type) || writes >= WRITES_MAX) return;
    for (const node of cluster.nodes) for (let i = 0; i < 100; i++) node.set(`busy${writes++ % KEYS}`, `${writes}`);
  };
}

beforeEach(() => begin(([a, b, c]) => [[a, b], [c]]));

/** Three nodes, two of which have each written a hundred values apart from each other. */
function begin(groupsOf: (nodes: [MiniNode, MiniNode, MiniNode]) => MiniNode[][]): void {
  writes = 0;
  cluster = new MiniCluster({ 'on-heal': 'manual' }, SMALL);
  a = cluster.add('a');
  b = cluster.add('b');
  c = cluster.add('c');
  const isReady = (node: MiniNode): boolean => node.live.state === 'serving' && node.live.status.peers.size === 2;
  cluster.until(() => cluster.nodes.every(isReady));
  cluster.partition(...groupsOf([a, b, c]));
  cluster.run(2 * TIMEOUT_MS);
  for (let i = 0; i < 100; i++) for (const node of [a, c]) node.set(`k${i}`, `by ${node.name}`);
  cluster.heal();
  cluster.until(() => cluster.nodes.every((node) => node.live.status.records.openIncidents().length === 1));
}

function promoteA(): { done: IncidentRecord | null } {
  const outcome: { done: IncidentRecord | null } = { done: null };
  const resolve = (incident: IncidentRecord): void => {
    outcome.done = incident;
  };
  const reject = (error: Error): never => {
    throw error;
  };
  a.live.operator.resolve({ kind: 'promote', node: a.replica }, new Map(), null, { resolve, reject });
  return outcome;
}

test('a resolution ends while all islands write faster than they are read, and takes no clock along', () => {
  writeOn('read', 'read-reply');
  const outcome = promoteA();
  cluster.until(() => outcome.done !== null, 500);
  expect(writes).toBeLessThan(WRITES_MAX);
  const leads = cluster.nodes.map((node) => hlcToMs(innardsOf(node.live).clock.last) - cluster.nowMs);
  expect(Math.max(...leads)).toBeLessThan(500);
  cluster.onDelivery = () => {};
  cluster.until(() => cluster.nodes.every((node) => node.get('k7') === 'by a'));
});

test('what a client writes while a promotion is carried out stands, also on an island that is not promoted', () => {
  cluster.onDelivery = ({ type }) => {
    if (type === 'read') c.set('k7', 'later, by c');
  };
  const outcome = promoteA();
  cluster.until(() => outcome.done !== null);
  cluster.until(() => cluster.nodes.every((node) => node.get('k7') === 'later, by c' && node.get('k8') === 'by a'));
});

test('a resolution that another member assigns to the same node meanwhile is begun anew, by what stands in the later record', () => {
  promoteA();
  a.live.work();
  const { clock, records } = innardsOf(c.live);
  const incident = records.openIncidents()[0]!;
  clock.observe(innardsOf(a.live).clock.last);
  const strategy = { kind: 'merge', policy: 'lww' } as const;
  records.putIncident({ ...incident, state: 'resolving', strategy, executor: a.replica, by: 'on-heal', fence: null });
  cluster.until(() => cluster.nodes.every((node) => node.live.status.records.openIncidents().length === 0));
  cluster.until(() => cluster.nodes.every((node) => node.get('k7') === 'by c'));
});

test('an island is read to its end by another member where the link to the one that answers breaks', () => {
  begin(([a, b, c]) => [[a], [b, c]]);
  let replies = 0;
  cluster.onDelivery = ({ type }) => {
    if (type === 'read-reply' && ++replies === 1) cluster.breakLink(a, b);
  };
  const outcome = promoteA();
  cluster.until(() => outcome.done !== null);
  expect(outcome.done!.setAside).toBe(100);
});

test.each(['a', 'c'])('a resolution by %s goes on after its link to the other island was lost for a moment', (name) => {
  let lost = 0;
  cluster.onDelivery = ({ type }) => {
    // Once while it is read, once while all write down what is set aside.
    if (![0, 2].includes(lost) || type !== (lost === 0 ? 'read-reply' : 'changes')) return;
    lost++;
    cluster.partition([a, b], [c]);
  };
  const executor = name === 'a' ? a : c;
  const results: (IncidentRecord | Error)[] = [];
  const wait = { resolve: (one: IncidentRecord) => results.push(one), reject: (one: Error) => results.push(one) };
  executor.live.operator.resolve({ kind: 'promote', node: executor.replica }, new Map(), null, wait);
  cluster.until(() => lost === 1);
  cluster.run(TIMEOUT_MS / 2);
  lost++;
  cluster.heal();
  cluster.until(() => lost === 3);
  cluster.run(TIMEOUT_MS / 2);
  cluster.heal();
  cluster.until(() => results.length === 1 && cluster.areAll('k99', `by ${name}`));
  expect(results).toEqual([expect.objectContaining({ state: 'resolved', setAside: 100 })]);
});

test('a resolution that takes the place of one which has set values aside takes back those that it leaves standing', () => {
  c.set('of c alone', 'stays');
  cluster.run(TIMEOUT_MS);
  // What is set aside is never heard of, so nothing is overridden yet.
  cluster.isLost = ({ type }, from) => type === 'ack' && from === c && asidesAtA() > 0;
  promoteA();
  cluster.until(() => asidesAtA() === 101);
  cluster.isLost = () => false;
  a.live.operator.resolve({ kind: 'merge', policy: 'lww' }, new Map(), null, { resolve() {}, reject() {} });
  cluster.until(() => cluster.nodes.every((node) => node.get('of c alone') === 'stays' && node.get('k7') === 'by c'));
  expect(asidesAtA()).toBe(100);
});

function asidesAtA(): number {
  return innardsOf(a.live).records.setAsideCount;
}

test('a resolution ends however long there is to read, as long as answers come', () => {
  for (let i = 0; i < 10_000; i++) c.set(`more${i}`, `${i}`);
  cluster.run(TIMEOUT_MS);
  const beganMs = cluster.nowMs;
  cluster.delayMs = ({ type }) => (type === 'read' ? 0.6 * TIMEOUT_MS : 0);
  const outcome = promoteA();
  cluster.until(() => outcome.done !== null, 3 * TOO_LONG_MS);
  expect(cluster.nowMs - beganMs).toBeGreaterThan(TOO_LONG_MS);
  expect(outcome.done!.state).toBe('resolved');
});

test('a resolution whose island no longer answers is given up, with the reason', () => {
  cluster.isLost = ({ type }) => type === 'read';
  const beganMs = cluster.nowMs;
  expect(() => {
    promoteA();
    cluster.run(2 * TOO_LONG_MS);
  }).toThrow('could not be resolved: it took too long');
  expect(cluster.nowMs - beganMs).toBeLessThan(TOO_LONG_MS + 1000);
});
