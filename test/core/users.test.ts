import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PasswordRecord } from '../../src/core/membership/user-records.js';
import type { Role } from '../../src/core/model/role.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

function password(text: string): PasswordRecord {
  const saltBase64 = Buffer.alloc(16, 1).toString('base64');
  const keyBase64 = Buffer.from(text.padEnd(32)).toString('base64');
  return { saltBase64, keyBase64, cost: 16_384, blockSize: 8, parallelization: 5 };
}

function startCluster(): MiniCluster {
  const cluster = new MiniCluster({ 'on-heal': 'merge' });
  for (const name of ['a', 'b', 'c']) cluster.add(name);
  cluster.until(() => cluster.nodes.every(({ live }) => live.state === 'serving' && live.status.peers.size === 2));
  return cluster;
}

let ids = 0;
function add(node: MiniNode, name: string, role: Role = 'write', text = name): void {
  node.live.operator.addUser({ id: `id${ids++}`, name, role, prefixBase64: '' }, password(text));
}

function remove(node: MiniNode, name: string): void {
  node.live.operator.removeUser(node.live.status.records.users.get(name)!);
}

function changePassword(node: MiniNode, name: string, text: string): void {
  node.live.operator.changePassword(node.live.status.records.users.get(name)!, password(text));
}

/** Name, role and password of each user, as a node has them. */
function usersOf({ live }: MiniNode): string[] {
  return live.status.records.users
    .list()
    .map(({ name, role, password: kept }) => `${name} ${role} ${textOf(kept)}`.trimEnd());
}

function textOf(kept: PasswordRecord | null): string {
  return kept === null ? 'none' : Buffer.from(kept.keyBase64, 'base64').toString().trimEnd();
}

function areEqual(cluster: MiniCluster): boolean {
  return new Set(cluster.nodes.map((node) => usersOf(node).join())).size === 1;
}

describe('users', () => {
  test('reach all members, survive a restart, and come with a join', () => {
    const cluster = startCluster();
    const [a, b] = cluster.nodes as [MiniNode, MiniNode];
    add(a, 'ada', 'admin');
    add(b, 'shop');
    cluster.until(() => areEqual(cluster));
    expect(usersOf(a)).toEqual(['ada admin ada', 'shop write shop']);
    cluster.stop(b);
    cluster.start(b);
    expect(usersOf(b)).toEqual(['ada admin ada', 'shop write shop']);
    const d = cluster.add('d');
    cluster.until(() => d.live.state === 'serving');
    expect(usersOf(d)).toEqual(usersOf(a));
  });

  test('are told of when they change, wherever that was', () => {
    const cluster = startCluster();
    const [a, b] = cluster.nodes as [MiniNode, MiniNode];
    let told = 0;
    b.live.onAccessChange = () => told++;
    add(a, 'ada', 'admin');
    cluster.until(() => told > 0);
    const [before] = [told];
    a.live.operator.changeSetting('anonymous-clients', 'allow');
    cluster.until(() => told > before);
    expect(b.log.some((line) => line.includes('user ada was added'))).toBe(true);
  });

  test('a user that was removed stays so, although the other island changed its password at the same time', () => {
    const cluster = startCluster();
    const [a, b, c] = cluster.nodes as [MiniNode, MiniNode, MiniNode];
    add(a, 'ada', 'admin');
    add(a, 'shop');
    cluster.until(() => areEqual(cluster));
    cluster.partition([a], [b, c]);
    cluster.run(2 * TIMEOUT_MS);
    remove(a, 'shop');
    cluster.run(TIMEOUT_MS);
    changePassword(b, 'shop', 'later');
    cluster.heal();
    cluster.until(() => areEqual(cluster));
    expect(usersOf(c)).toEqual(['ada admin ada']);
    cluster.run(20 * TIMEOUT_MS);
    cluster.until(() => cluster.nodes.every(({ live }) => live.status.system.store.tombstoneCount === 0));
    expect(usersOf(a)).toEqual(['ada admin ada']);
  });

  test('of two of one name that islands added, the later stands, with its own password and role', () => {
    const cluster = startCluster();
    const [a, b, c] = cluster.nodes as [MiniNode, MiniNode, MiniNode];
    cluster.partition([a], [b, c]);
    cluster.run(2 * TIMEOUT_MS);
    add(a, 'ada', 'read', 'early');
    cluster.run(TIMEOUT_MS);
    add(c, 'ada', 'admin', 'later');
    changePassword(a, 'ada', 'latest, of the early one');
    cluster.heal();
    cluster.until(() => areEqual(cluster));
    expect(usersOf(a)).toEqual(['ada admin later']);
  });

  test('converge after whatever changes on both sides of partitions, and none is there that everybody has removed', () => {
    const step = fc.record({
      node: fc.nat(2),
      name: fc.constantFrom('ada', 'bob'),
      what: fc.constantFrom('add', 'password', 'remove', 'cut', 'heal', 'restart'),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 25 }), (steps) => {
        const cluster = startCluster();
        for (const [i, { node: at, name, what }] of steps.entries()) {
          const node = cluster.nodes[at]!;
          const isThere = node.live.status.records.users.get(name) !== undefined;
          if (what === 'cut')
            cluster.partition(
              [node],
              cluster.nodes.filter((other) => other !== node),
            );
          else if (what === 'heal') cluster.heal();
          else if (what === 'restart') {
            cluster.stop(node);
            cluster.start(node);
          } else if (what === 'add') add(node, name, 'write', `${i}`);
          else if (isThere && what === 'password') changePassword(node, name, `${i}`);
          else if (isThere) remove(node, name);
          cluster.run(TIMEOUT_MS / 10);
        }
        cluster.heal();
        cluster.until(() => areEqual(cluster));
        // Whoever is there has its own password.
        for (const user of usersOf(cluster.nodes[0]!)) expect(user).not.toContain('none');
        for (const name of ['ada', 'bob']) {
          if (cluster.nodes[0]!.live.status.records.users.get(name) !== undefined) remove(cluster.nodes[0]!, name);
        }
        cluster.until(() => cluster.nodes.every((node) => usersOf(node).length === 0));
      }),
      { numRuns: 25 },
    );
  });
});

test('a record that is no user, or would be a very expensive password, counts for nothing and is named', () => {
  const cluster = startCluster();
  const [a] = cluster.nodes as [MiniNode];
  a.live.operator.addUser({ id: 'x', name: 'no user', role: 'admin', prefixBase64: '' }, password('x'));
  a.live.operator.addUser({ id: 'y', name: 'y', role: 'owner' as Role, prefixBase64: '' }, password('y'));
  a.live.operator.addUser({ id: 'z', name: 'z', role: 'read', prefixBase64: '' }, { ...password('z'), cost: 2 ** 30 });
  cluster.run(TIMEOUT_MS);
  expect(cluster.nodes.map(usersOf)).toEqual([['z read none'], ['z read none'], ['z read none']]);
});
