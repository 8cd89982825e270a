import { expect, test } from '@jest/globals';
import { PART, partKey } from '../../src/core/model/parts.js';
import { finish } from '../../src/core/model/steps.js';
import { planSummary, SUMS } from '../../src/core/resolution/plan-rows.js';
import { TIMEOUT_MS } from './support/mini-cluster.js';
import {
  a,
  apart,
  asides,
  b,
  cluster,
  everywhere,
  expire,
  full,
  hset,
  incr,
  inSteps,
  LWW,
  planOn,
  read,
  resolveOn,
  rows,
  set,
  undoOn,
} from './support/split-brain-parts.js';

function textOf(id: string): string {
  return Buffer.from(id, 'latin1').toString();
}

inSteps('parts of a key', () => {
  test('a key of which both changed the same fields is not counted among those that are merged', () => {
    apart(() => {
      for (const node of [a, b]) hset(node, 'h', { x: node.replica, y: node.replica });
      for (const node of [a, b]) hset(node, 'i', { x: node.replica });
      hset(b, 'i', { y: 'b' });
    });
    expect(planOn(a, LWW).counts).toMatchObject({ conflicts: 3, onlyHere: [1, 2], merged: 1 });
  });

  test('different fields are merged, and one field that both changed is a conflict', () => {
    hset(a, 'h', { f: '0', g: '0', x: '0' });
    apart(() => {
      hset(a, 'h', { f: 'a', x: 'a' });
      hset(b, 'h', { g: 'b', x: 'b' });
    });
    const plan = planOn(a, LWW);
    expect(rows(plan)).toEqual(['h › x conflict 1']);
    expect(plan.counts).toMatchObject({ conflicts: 1, onlyHere: [2, 2], merged: 1 });
    const { id, setAside } = resolveOn(a, LWW);
    expect(everywhere('h')).toEqual({ f: 'a', g: 'b', x: 'b' });
    expect([asides(id), setAside]).toEqual([['h › x = a'], 1]);
  });

  test('a summary counts each key once, however many of its parts the plan is about, and the keys that stand as a whole', () => {
    hset(a, 'cart:1', { f: '0', kept: '0' });
    hset(a, 'cart:2', { f: '0', kept: '0' });
    apart(() => {
      hset(a, 'cart:1', { f: 'a', x: 'a' });
      hset(b, 'cart:1', { g: 'b', x: 'b' });
      hset(b, 'cart:2', { f: 'b' });
      set(a, 'cart:2', null);
      set(a, 'cart:3', 'a');
      set(b, 'cart:3', 'b');
    });
    const { groups, wholeKeys } = finish(planSummary(planOn(a, LWW), { prefix: 'cart:', database: 0 }, 10));
    const { keys, parts, conflicts, setAside } = SUMS;
    // cart:1 › f, g, x; cart:2 and its f, which goes with it; cart:3.
    const { total } = groups;
    expect([total[keys], total[parts], total[conflicts], total[setAside], wholeKeys]).toEqual([3, 4, 3, 3, 1]);
    // Beyond what the plan tells: what cart:2 had on the other island, and was not changed there.
    const { id, setAside: count } = resolveOn(a, LWW);
    expect(count).toBe(4);
    expect(asides(id)).toEqual(['cart:1 › x = a', 'cart:2 › f = b', 'cart:2 › kept = 0', 'cart:3 = a']);
  });

  test.each(['a', 'b'])(
    'a delete that is later than the other changes stands, and what it ends is set aside (%s)',
    (by) => {
      hset(a, 'h', { f: '0', g: '0' });
      apart(() => {
        hset(b, 'h', { f: 'b', n: 'b', g: null });
        set(a, 'h', null);
      });
      const executor = by === 'a' ? a : b;
      expect(rows(planOn(executor, LWW)).length).toBe(4);
      const { id } = resolveOn(executor, LWW);
      expect(everywhere('h')).toBe(null);
      expect(asides(id)).toEqual(['h › f = b', 'h › n = b']);
      undoOn(b, { incident: id });
      expect(everywhere('h')).toEqual({ f: 'b', n: 'b' });
    },
  );

  test.each(['a', 'b'])('a SET that is later stands too (%s)', (by) => {
    hset(a, 'h', { f: '0', g: '0' });
    apart(() => {
      hset(b, 'h', { f: 'b' });
      set(a, 'h', 'text');
    });
    const { id } = resolveOn(by === 'a' ? a : b, LWW);
    expect(everywhere('h')).toBe('text');
    expect(asides(id)).toEqual(['h › f = b', 'h › g = 0']);
    undoOn(a, { incident: id });
    expect(everywhere('h')).toEqual({ f: 'b', g: '0' });
  });

  test.each(['a', 'b'])(
    'where parts were changed later than a delete, the whole hash of that island stands (%s)',
    (by) => {
      hset(a, 'h', { f: '0', g: '0', i: '0', j: '0', k: '0' });
      apart(() => {
        hset(b, 'h', { f: 'b' });
        set(a, 'h', null);
        hset(b, 'h', { n: 'b', g: null });
      });
      const { id } = resolveOn(by === 'a' ? a : b, LWW);
      expect(everywhere('h')).toEqual({ f: 'b', i: '0', j: '0', k: '0', n: 'b' });
      expect(asides(id)).toEqual(['h = deleted']);
    },
  );

  test.each(['a', 'b'])('and a SET that was earlier is set aside (%s)', (by) => {
    hset(a, 'h', { f: '0', g: '0' });
    apart(() => {
      set(a, 'h', 'text');
      hset(b, 'h', { f: 'b' });
    });
    const { id } = resolveOn(by === 'a' ? a : b, LWW);
    expect(everywhere('h')).toEqual({ f: 'b', g: '0' });
    expect(asides(id)).toEqual(['h = text']);
  });

  test.each(['a', 'b'])('counts of both islands add up, and a number that one set is one or the other (%s)', (by) => {
    incr(a, 'n', 5);
    incr(a, 'm', 5);
    incr(a, 'o', 5);
    apart(() => {
      incr(a, 'n', 1);
      incr(b, 'n', 10);
      incr(b, 'm', 10);
      set(a, 'm', '7');
      set(a, 'o', '7');
      incr(b, 'o', 10);
    });
    const { id } = resolveOn(by === 'a' ? a : b, LWW);
    expect([everywhere('n'), everywhere('m')]).toEqual([16, '7']);
    expect(everywhere('o')).toBe('15');
    expect(asides(id)).toEqual(['m › count = 10', 'm › count = 5', 'o = 7']);
    incr(b, 'o', 1);
    cluster.run(TIMEOUT_MS);
    expect(everywhere('o')).toBe(16);
    undoOn(b, { incident: id });
    expect([everywhere('m'), everywhere('o')]).toEqual([15, 16]);
  });

  test.each(['a', 'b'])(
    'an expiry that passed on one island ends what the other changed before, or is what loses (%s)',
    (by) => {
      for (const key of ['h', 'i']) hset(a, key, { f: '0', g: '0' });
      apart(() => {
        expire(a, 'h', 100);
        expire(a, 'i', 100);
        hset(b, 'h', { f: 'b' });
        cluster.run(200);
        hset(b, 'i', { f: 'b' });
      });
      const { id } = resolveOn(by === 'a' ? a : b, LWW);
      expect(everywhere('h')).toBe(null);
      expect(everywhere('i')).toEqual({ f: 'b', g: '0' });
      expect(asides(id)).toEqual(['h › f = b', 'h › g = 0']);
    },
  );

  test('a promotion brings every part back to what the promoted node has', () => {
    hset(a, 'h', { f: '0', g: '0' });
    hset(a, 'gone', { f: '0', g: '0' });
    hset(a, 'text', { f: '0' });
    hset(a, 'mine', { f: '0' });
    incr(a, 'n', 5);
    incr(a, 'm', 5);
    apart(() => {
      hset(a, 'h', { f: 'a' });
      hset(b, 'h', { f: 'b', g: 'b', n: 'b' });
      set(b, 'gone', null);
      hset(b, 'gone', { new: 'b' });
      set(b, 'text', 'b');
      set(a, 'mine', null);
      hset(b, 'mine', { n: 'b' });
      incr(a, 'n', 1);
      incr(b, 'n', 10);
      set(b, 'm', '100');
    });
    const { id } = resolveOn(a, { kind: 'promote', node: a.replica });
    expect(everywhere('h')).toEqual({ f: 'a', g: '0' });
    expect(everywhere('gone')).toEqual({ f: '0', g: '0' });
    expect(everywhere('text')).toEqual({ f: '0' });
    expect(everywhere('mine')).toBe(null);
    expect(everywhere('n')).toBe(6);
    expect(everywhere('m')).toBe('5');
    expect(everywhere('of b')).toBe(null);
    expect(asides(id)).toEqual([
      'gone = deleted',
      'gone › new = b',
      'h › f = b',
      'h › g = b',
      'h › n = b',
      'm = 100',
      'mine › f = 0',
      'mine › n = b',
      'n › count = 10',
      'of b = b',
      'text = b',
    ]);
  });

  test('a policy that prefers a node decides each part, and a key that was ended as a whole', () => {
    hset(a, 'h', { f: '0', g: '0' });
    hset(a, 'k', { f: '0', g: '0' });
    hset(a, 'l', { f: '0', g: '0' });
    apart(() => {
      hset(a, 'h', { f: 'a' });
      hset(b, 'h', { f: 'b', g: 'b' });
      hset(a, 'k', { f: 'a' });
      set(b, 'k', null);
      set(a, 'l', null);
      hset(b, 'l', { f: 'b' });
    });
    const { id } = resolveOn(b, { kind: 'merge', policy: 'prefer', node: a.replica });
    expect(everywhere('h')).toEqual({ f: 'a', g: 'b' });
    expect(everywhere('k')).toEqual({ f: 'a', g: '0' });
    expect(everywhere('l')).toBe(null);
    expect(asides(id)).toEqual(['h › f = b', 'k = deleted', 'l › f = b', 'l › g = 0']);
  });

  test('expiries are merged by their rule, and one that a policy keeps is written anew', () => {
    for (const key of ['h', 'i']) hset(a, key, { f: '0' });
    apart(() => {
      expire(a, 'h', 100_000);
      expire(b, 'h', 50_000);
    });
    expect(planOn(a, LWW).counts).toMatchObject({ conflicts: 0 });
    resolveOn(a, { kind: 'merge', policy: 'keep-longest-ttl' });
    for (const node of cluster.nodes)
      expect(node.live.collections.expiryOf(full('h'))).toBeGreaterThan(cluster.nowMs + 60_000);
  });

  test('a SET that is later than what a key held stands, though the expiry of that has passed since', () => {
    hset(a, 'h', { f: '0' });
    apart(() => {
      hset(b, 'h', { f: 'b' });
      expire(b, 'h', 200);
      set(a, 'h', 'text');
      cluster.run(400);
    });
    const { id } = resolveOn(a, LWW);
    expect(everywhere('h')).toBe('text');
    expect(asides(id)).not.toContain('h = text');
  });

  test('a SET that is earlier than the expiry which another island gave its hash goes with that, and is set aside', () => {
    hset(a, 'h', { f: '0' });
    apart(() => {
      set(a, 'h', 'text');
      cluster.run(100);
      hset(b, 'h', { f: 'b' });
      expire(b, 'h', 200);
      cluster.run(400);
    });
    const { id } = resolveOn(a, LWW);
    expect(everywhere('h')).toBe(null);
    expect(asides(id)).toContain('h = text');
  });

  test('a promotion sets aside what stands elsewhere of a key that has expired on the promoted node', () => {
    hset(a, 'h', { f: '0' });
    apart(() => {
      hset(a, 'h', { f: 'same' });
      expire(a, 'h', 100);
      hset(b, 'h', { f: '1' });
      cluster.run(200);
      hset(b, 'h', { f: 'same' });
    });
    const { id } = resolveOn(a, { kind: 'promote', node: a.replica });
    expect(everywhere('h')).toBe(null);
    expect(asides(id)).toContain('h › f = same');
  });

  test('a delete that loses to a hash which an earlier resolution has written anew is set aside', () => {
    hset(a, 'h', { f: '0', g: '0' });
    const c = cluster.add('c');
    cluster.until(() => cluster.areAll('h', undefined) && c.live.state === 'serving' && everywhere('h') !== null);
    cluster.run(TIMEOUT_MS);
    cluster.partition([a], [b], [c]);
    cluster.run(2 * TIMEOUT_MS);
    for (const node of [a, b, c]) set(node, `of ${node.name}`, '');
    for (const node of [a, c]) set(node, 'h', null);
    hset(b, 'h', { f: 'b' });
    cluster.partition([a, b], [c]);
    cluster.until(() => a.live.status.records.openIncidents().length === 1);
    resolveOn(a, LWW);
    cluster.heal();
    cluster.until(() => cluster.nodes.every((node) => node.live.status.records.openIncidents().length === 1));
    const { id } = resolveOn(a, LWW);
    expect(everywhere('h')).toEqual({ f: 'b', g: '0' });
    expect(asides(id)).toContain('h = deleted');
  });

  test('an undo writes back a part as a part, and a count as what is lacking of it', () => {
    hset(a, 'h', { f: '0' });
    incr(a, 'n', 5);
    apart(() => {
      hset(a, 'h', { f: 'a' });
      hset(b, 'h', { f: 'b', g: 'b' });
      incr(b, 'n', 10);
    });
    const { id } = resolveOn(a, { kind: 'promote', node: a.replica });
    incr(b, 'n', 1);
    const { undoIncident } = undoOn(b, { incident: id });
    expect([everywhere('h'), everywhere('of b')]).toEqual([{ f: 'b', g: 'b' }, 'b']);
    undoOn(a, { incident: undoIncident! });
    expect([everywhere('h'), everywhere('of b')]).toEqual([{ f: 'a' }, null]);
  });

  test('an undo takes away again what a restore has brought of a hash that had been deleted', () => {
    cluster.stop(b);
    hset(a, 'h', { f: '1' });
    set(a, 'h', null);
    hset(a, 'h', { f: '2' });
    const key = partKey(PART.field, full('h'), Buffer.from('f'));
    const overrides = a.live.overrides('backup');
    const nothing = { key, value: null, expiryMs: 0, type: undefined };
    overrides.setAside({ ...nothing, hlc: 0, origin: '', seq: 0 }, 'cluster', a.live.status.data.store.get(key)!);
    overrides.note();
    expect(undoOn(a, { incident: overrides.incident! }).restored).toBe(1);
    expect(read(a, 'h')).toBe(null);
  });

  test('a key that is overridden twice on one occasion is one that was set aside, with what it had last', () => {
    const overrides = a.live.overrides('attach');
    const { store } = a.live.status.data;
    for (const value of ['first', 'second']) {
      set(a, 'k', value);
      const overridden = store.get(full('k'))!;
      set(a, 'k', 'stands');
      overrides.setAside(overridden, 'cluster', store.get(full('k'))!);
      overrides.note();
    }
    const id = overrides.incident!;
    expect([asides(id), a.live.status.records.incident(id)?.setAside]).toEqual([['k = second'], 1]);
  });

  test('a hash that lost to a delete is set aside whole, with its expiry: an undo brings all of it back, and another one deletes it', () => {
    hset(a, 'h', { f: '0', g: '0' });
    expire(a, 'h', 100_000);
    apart(() => {
      hset(b, 'h', { f: 'b' });
      set(a, 'h', null);
    });
    const { id, setAside } = resolveOn(a, LWW);
    expect(setAside).toBe(asides(id).length);
    const { restored, undoIncident } = undoOn(a, { incident: id, key: full('h') });
    expect([restored, everywhere('h')]).toEqual([3, { f: 'b', g: '0' }]);
    expect(b.live.collections.expiryOf(full('h'))).toBeGreaterThan(cluster.nowMs + 60_000);
    undoOn(b, { incident: undoIncident! });
    expect(everywhere('h')).toBe(null);
  });

  test('a value that lost to a hash comes back by an undo', () => {
    set(a, 'k', 'text');
    apart(() => {
      set(b, 'k', 'text of b');
      set(a, 'k', null);
      hset(a, 'k', { f: 'a' });
    });
    const { id } = resolveOn(b, LWW);
    expect([everywhere('k'), asides(id)]).toEqual([{ f: 'a' }, ['k = text of b']]);
    undoOn(a, { incident: id });
    expect(everywhere('k')).toBe('text of b');
  });

  test('a number that was set on one island is shown as a reader finds it there, and one conflict is counted', () => {
    set(a, 'n', '5');
    apart(() => {
      incr(a, 'n', 1);
      set(b, 'n', '100');
      incr(b, 'n', 1);
    });
    const [plan, other] = [planOn(a, LWW), planOn(b, LWW)];
    const shown = ({ items }: typeof plan): (string | undefined)[] =>
      items.at(0).versions.map((version) => (version?.preview == null ? undefined : textOf(version.preview)));
    expect(shown(plan)).toEqual(['6', '101']);
    // What it was before is not known there any more.
    expect(shown(other)).toEqual(['101', '… + 1']);
    expect([plan.counts.conflicts, other.counts.conflicts]).toEqual([1, 1]);
  });

  test('a number that was set on one island, and of which the other has evicted what it added, is in the plan', () => {
    set(a, 'n', '5');
    apart(() => {
      incr(a, 'n', 1);
      incr(a, 'n', 1);
      set(b, 'n', '100');
      a.live.eviction.limit = { bytesMax: 1, policy: 'allkeys-lru' };
      a.live.eviction.makeRoom();
    });
    const versions = planOn(b, LWW).items.at(0).versions;
    expect(versions.map((version) => version?.preview ?? null).map((id) => id && textOf(id))).toEqual(['100', null]);
    expect(resolveOn(b, LWW).setAside).toBe(0);
    expect(read(b, 'n')).toBe('100');
  });

  test('a hash that was written again since it lost is left alone, with a reason for each part', () => {
    hset(a, 'h', { f: '0', g: '0' });
    apart(() => {
      hset(b, 'h', { f: 'b' });
      set(a, 'h', null);
    });
    const { id } = resolveOn(a, LWW);
    hset(b, 'h', { later: 'b' });
    cluster.run(TIMEOUT_MS);
    const { restored, sample } = undoOn(a, { incident: id });
    expect(restored).toBe(0);
    expect(new Set(sample.map(({ reason }) => reason))).toEqual(
      new Set(['written again since', 'its key was left alone']),
    );
    expect(everywhere('h')).toEqual({ later: 'b' });
  });

  test('a whole that was set aside goes back, and what it ends comes back with it once that is undone', () => {
    hset(a, 'h', { f: '0', g: '0' });
    apart(() => {
      set(a, 'h', 'text');
      hset(b, 'h', { f: 'b' });
    });
    const { id } = resolveOn(b, LWW);
    const { undoIncident } = undoOn(b, { incident: id });
    expect(everywhere('h')).toBe('text');
    undoOn(a, { incident: undoIncident! });
    expect(everywhere('h')).toEqual({ f: 'b', g: '0' });
  });

  test('a whole that was set aside with its parts goes back with them, one key alone if that is asked for', () => {
    hset(a, 'h', { f: '0', g: '0' });
    apart(() => {
      set(b, 'h', null);
      hset(b, 'h', { new: 'b' });
    });
    const { id } = resolveOn(a, { kind: 'promote', node: a.replica });
    expect(everywhere('h')).toEqual({ f: '0', g: '0' });
    undoOn(a, { incident: id, key: full('h') });
    expect([everywhere('h'), everywhere('of b')]).toEqual([{ new: 'b' }, null]);
  });

  test('a key that was written again since is left alone, with its parts', () => {
    hset(a, 'h', { f: '0', g: '0' });
    apart(() => {
      set(a, 'h', 'text');
      hset(b, 'h', { f: 'b' });
    });
    const { id } = resolveOn(b, LWW);
    hset(b, 'h', { later: 'b' });
    cluster.run(TIMEOUT_MS);
    expect(undoOn(a, { incident: id }).restored).toBe(0);
    expect(everywhere('h')).toEqual({ f: 'b', g: '0', later: 'b' });
  });
});
