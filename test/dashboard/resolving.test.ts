import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { ConflictView, PickRequest, PlanReply } from '../../src/admin/protocol/api.js';
import { OwnClient } from '../../src/admin/server/own-client.js';
import { adminHandler } from '../../src/admin/server/server.js';
import { hashPassword } from '../../src/node/access/password-hash.js';
import type { RunningNode } from '../../src/operations/cluster/node-options.js';
import { runNode } from '../../src/operations/start/run-node.js';
import { until } from '../e2e/processes.js';
import { newDirectory } from '../engines/support/directories.js';
import { Browser } from './browser.js';

const [ANN, PASSWORD] = ['ann', 'password of ann'];
const nodes: RunningNode[] = [];
const clients: Redis[] = [];
let ann: Browser;
let rob: Browser;

const own = ({ address, node, passport }: RunningNode) => new OwnClient(address, adminHandler(node), passport);
const statusOf = (one: RunningNode) => own(one).call('STATUS', {});
const valueAt = (at: number, key: string) => clients[at]!.get(key);

async function start(name: string, join: RunningNode | null): Promise<RunningNode> {
  const founds = join === null ? { onHeal: 'manual', failureTimeoutMs: 500 } : { join: [join.address] };
  const place = { name, listen: '127.0.0.1:0', dir: `${newDirectory()}/data`, http: '127.0.0.1:0', allowDrills: true };
  const one = await runNode({ ...place, ...founds, log: () => {} });
  nodes.push(one);
  await one.inSync;
  return one;
}

/** Two nodes with users, of which each wrote k1 and k2 while they were cut from each other, and a something of its own. */
beforeAll(async () => {
  const a = await start('a', null);
  const b = await start('b', a);
  for (const [name, role] of [
    [ANN, 'admin'],
    ['rob', 'read'],
  ] as const)
    await own(a).call('USER', {
      action: 'add',
      name,
      role,
      password: await hashPassword(Buffer.from(`password of ${name}`)),
    });
  await until('b knows the users', async () => (await own(b).call('USERS', {})).users.length === 2);
  for (const { address } of nodes) {
    const [host, port] = address.split(':');
    clients.push(new Redis(Number(port), host!, { protocol: 2, username: ANN, password: PASSWORD }));
  }
  await own(a).call('DRILL', { cut: ['b'] });
  for (const one of nodes)
    await until('both notice', async () => (await statusOf(one)).members.some(({ link }) => link === 'down'));
  for (const [i, name] of ['a', 'b'].entries()) {
    for (const key of ['k1', 'k2']) await clients[i]!.set(key, `{"of":"${name}"}`);
    await clients[i]!.set(`only-${name}`, name);
  }
  await own(a).call('DRILL', { heal: true });
  for (const one of nodes)
    await until('the split-brain is found', async () => (await statusOf(one)).incidents.length === 1);
  [ann, rob] = [new Browser(a.http!), new Browser(a.http!)];
  await ann.signIn(ANN, PASSWORD);
  await rob.signIn('rob', 'password of rob');
}, 60_000);

afterAll(async () => {
  for (const client of clients) client.disconnect();
  await Promise.all(nodes.map((one) => one.stop()));
});

function pickOf({ keyBase64, database, versions }: ConflictView, stands: number): PickRequest {
  return { keyBase64, database, candidates: versions.map((one) => ({ hlc: one!.hlc, origin: one!.origin })), stands };
}

test('a split-brain is seen, planned, picked, resolved and undone from a browser, by the user who signed in', async () => {
  const told = await rob.watch((all) => all.some(({ name }) => name === 'look'));
  expect(told.at(-1)!.data).toMatchObject({
    state: 'split-brain',
    islands: [{ members: ['a'] }, { members: ['b'] }],
    members: [
      { name: 'a', answers: true },
      { name: 'b', answers: true, state: 'held' },
    ],
    past: [{ state: 'open' }],
  });
  const lww = { strategy: 'lww', picks: [] as PickRequest[] };
  const { plan } = (await rob.post('plan', lww)).json as unknown as { plan: PlanReply };
  expect(plan).toMatchObject({
    counts: { conflicts: 2, onlyHere: [1, 1] },
    conflicts: [{ outcome: 1 }, { outcome: 1 }],
  });
  const noRules = await ann.post('plan', { strategy: ' ', picks: [] });
  expect([noRules.code, noRules.json.error]).toMatchObject([400, { code: 'usage', message: 'no rules are given' }]);
  const compared = await rob.post('values', { ...lww, plan: plan.digest, at: 0, islands: [0, 1] });
  expect(compared.json).toMatchObject({
    diff: {
      by: 'field',
      lines: expect.arrayContaining([
        { mark: '-', text: '  "of": "a"' },
        { mark: '+', text: '  "of": "b"' },
      ]),
    },
    notes: [{ isNewer: false }, { isNewer: false }],
  });
  const rows = (await rob.post('rows', { ...lww, plan: plan.digest, offset: 1 })).json.rows as ConflictView[];
  expect(rows.map(({ keyBase64 }) => Buffer.from(keyBase64, 'base64').toString())).toEqual(['k2']);

  const cluster = nodes[0]!.clusterId;
  const asRob = await rob.post('resolve', { ...lww, plan: plan.digest, cluster });
  expect([asRob.code, asRob.json.error]).toMatchObject([403, { code: 'not-permitted' }]);
  const untyped = await ann.post('resolve', { ...lww, plan: plan.digest, cluster: 'production' });
  expect([untyped.code, untyped.json.error]).toMatchObject([409, { code: 'declined' }]);

  const picked = { strategy: 'lww', picks: [pickOf(plan.conflicts[0]!, 0)] };
  const made = (await ann.post('plan', picked)).json as unknown as { plan: PlanReply; picks: object };
  expect(made).toMatchObject({ picks: { held: 1 }, plan: { conflicts: [{ outcome: 0 }, { outcome: 1 }] } });
  const done = await ann.post('resolve', { ...picked, plan: made.plan.digest, cluster });
  expect([done.code, done.json]).toMatchObject([200, { incident: { state: 'resolved', asked: 'ann@127.0.0.1' } }]);
  for (const at of [0, 1])
    await until(
      'both have what was picked',
      async () => (await valueAt(at, 'k1')) === '{"of":"a"}' && (await valueAt(at, 'only-a')) === 'a',
    );
  expect(await valueAt(0, 'k2')).toBe('{"of":"b"}');

  const { id } = done.json.incident as { id: string };
  expect((await rob.post('incident', { incident: id, offset: 0 })).json).toMatchObject({ total: 2 });
  expect((await rob.post('undo-plan', { incident: id })).json).toMatchObject({ restored: 2, skipped: 0, dryRun: true });
  expect((await rob.post('undo', { incident: id, cluster })).code).toBe(403);
  expect((await ann.post('undo', { incident: id, cluster })).json).toMatchObject({ restored: 2, dryRun: false });
  await until('both have what was set aside', async () => (await valueAt(1, 'k1')) === '{"of":"b"}');

  const { events } = await own(nodes[0]!).call('EVENTS', { after: 0 });
  const acts = events.filter(({ by }) => by?.user === ANN).map(({ message, by }) => [message.split(',')[0], by!.name]);
  expect(acts).toEqual(
    [
      ['resolution by merge custom', 'ann@127.0.0.1'],
      [`undo of ${id}`, 'ann@127.0.0.1'],
    ].map(([message, name]) => [expect.stringContaining(message!.split(' by')[0]!), name]),
  );
}, 60_000);

test('a promotion is carried out by the node that is promoted, as the same user', async () => {
  await own(nodes[0]!).call('DRILL', { cut: ['b'] });
  for (const one of nodes)
    await until('both notice', async () => (await statusOf(one)).members.some(({ link }) => link === 'down'));
  for (const [i, name] of ['a', 'b'].entries()) await clients[i]!.set('k3', name);
  await own(nodes[0]!).call('DRILL', { heal: true });
  for (const one of nodes)
    await until('the split-brain is found', async () => (await statusOf(one)).incidents.length === 1);
  const promote = { strategy: 'promote:b', picks: [] };
  const { plan } = (await ann.post('plan', promote)).json as unknown as { plan: PlanReply };
  expect(plan.executor).toBe('b');
  const done = await ann.post('resolve', { ...promote, plan: plan.digest, cluster: nodes[0]!.clusterId });
  expect(done.json).toMatchObject({ incident: { state: 'resolved', executor: 'b', asked: 'ann@127.0.0.1' } });
  await until('a has it', async () => (await valueAt(0, 'k3')) === 'b');
  const { events } = await own(nodes[1]!).call('EVENTS', { after: 0 });
  expect(events.filter(({ by }) => by?.user === ANN).at(-1)!.message).toContain(
    'resolution by promote b, asked by ann@127.0.0.1 (user ann)',
  );
}, 60_000);
