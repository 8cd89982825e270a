import { expect, test } from '@jest/globals';
import { finish } from '../../src/core/model/steps.js';
import { ASIDE_SUMS } from '../../src/core/resolution/asides.js';
import {
  a,
  apart,
  b,
  cluster,
  everywhere,
  expire,
  hset,
  incr,
  inSteps,
  LWW,
  resolveOn,
  set,
  undoOn,
} from './support/split-brain-parts.js';

/** Undoes it, then that, and so on. Returns what a key was after each. */
function undoneAgain(incident: string, keys: readonly string[]): unknown[][] {
  const seen: unknown[][] = [];
  let last = incident;
  for (const node of [a, b, a]) {
    last = undoOn(node, { incident: last }).undoIncident!;
    seen.push(keys.map(everywhere));
  }
  return seen;
}

inSteps('an undo of an undo', () => {
  test('takes a number away again that had come back, whole and shares', () => {
    for (const key of ['deleted', 'set']) {
      set(a, key, '4');
      incr(a, key, 1);
    }
    apart(() => {
      for (const key of ['deleted', 'set']) incr(a, key, 3);
      set(b, 'deleted', null);
      set(b, 'set', '100');
    });
    const { id } = resolveOn(a, LWW);
    expect(['deleted', 'set'].map(everywhere)).toEqual([null, '100']);
    expect(undoneAgain(id, ['deleted', 'set'])).toEqual([
      [8, 8],
      [null, '100'],
      [8, 8],
    ]);
  });

  test('takes shares back that a promotion had overridden, whosever they are', () => {
    incr(a, 'n', 5);
    set(a, 'm', '5');
    apart(() => {
      incr(a, 'n', 1);
      incr(b, 'n', 10);
      incr(b, 'm', 2);
    });
    const { id } = resolveOn(a, { kind: 'promote', node: a.replica });
    expect(['n', 'm'].map(everywhere)).toEqual([6, '5']);
    expect(undoneAgain(id, ['n', 'm'])).toEqual([
      [16, 7],
      [6, 5],
      [16, 7],
    ]);
  });

  test('takes a hash away again in the place of which there was a value', () => {
    set(a, 'k', 'text');
    apart(() => {
      set(a, 'k', 'text of a');
      set(b, 'k', null);
      hset(b, 'k', { f: 'b', g: 'b' });
    });
    const { id } = resolveOn(a, { kind: 'promote', node: a.replica });
    expect(everywhere('k')).toBe('text of a');
    expect(undoneAgain(id, ['k'])).toEqual([[{ f: 'b', g: 'b' }], ['text of a'], [{ f: 'b', g: 'b' }]]);
  });

  test('takes away a number that had come back where a delete stands', () => {
    set(a, 'n', 'text');
    apart(() => {
      set(b, 'n', null);
      incr(b, 'n', 7);
      set(a, 'n', null);
    });
    const { id } = resolveOn(a, { kind: 'merge', policy: 'prefer', node: a.replica });
    expect(everywhere('n')).toBe(null);
    const { undoIncident } = undoOn(a, { incident: id });
    expect(everywhere('n')).toBe(7);
    undoOn(a, { incident: undoIncident! });
    expect(everywhere('n')).toBe(null);
  });

  test('brings all of a hash back, the fields that both had too', () => {
    apart(() => {
      hset(b, 'h', { f: 'b' });
      set(a, 'h', null);
      hset(a, 'h', { f: 'a', g: 'a' });
    });
    const { id } = resolveOn(a, { kind: 'promote', node: a.replica });
    expect(everywhere('h')).toEqual({ f: 'a', g: 'a' });
    expect(undoneAgain(id, ['h'])).toEqual([[{ f: 'b' }], [{ f: 'a', g: 'a' }], [{ f: 'b' }]]);
  });

  test('brings back what lost to an expiry, and takes that away again: what has expired with its key is nothing', () => {
    hset(a, 'h', { f: '0', g: '0' });
    incr(a, 'n', 5);
    apart(() => {
      for (const key of ['h', 'n']) expire(a, key, 100);
      hset(b, 'h', { f: 'b' });
      incr(b, 'n', 2);
      cluster.run(200);
    });
    const { id } = resolveOn(a, { kind: 'merge', policy: 'prefer', node: a.replica });
    expect(['h', 'n'].map(everywhere)).toEqual([null, null]);
    expect(undoneAgain(id, ['h', 'n'])).toEqual([
      [{ f: 'b', g: '0' }, 7],
      // What another member has added is not taken back but by a number below zero.
      [null, 0],
      [{ f: 'b', g: '0' }, 7],
    ]);
  });

  test('takes away what stood in the place of what had expired where it was written, and brings nothing of that back', () => {
    incr(a, 'n', 5);
    apart(() => {
      incr(a, 'n', 8);
      expire(a, 'n', 100);
      cluster.run(200);
      incr(b, 'n', 2);
    });
    const { id } = resolveOn(a, LWW);
    expect(everywhere('n')).toBe('7');
    undoOn(a, { incident: id });
    expect(everywhere('n')).toBe(null);
  });

  test('brings all back at once, while what has expired waits to be collected: it is nothing that was written since', () => {
    hset(a, 'h', { f: '0', g: '0' });
    apart(() => {
      expire(a, 'h', 100);
      hset(b, 'h', { h: '0' });
      cluster.run(200);
    });
    let done: string | null = null;
    const resolve = ({ id }: { id: string }): void => {
      done = id;
    };
    const reject = (error: Error): void => {
      throw error;
    };
    a.live.operator.resolve(LWW, new Map(), null, { resolve, reject });
    cluster.until(() => done !== null && b.live.status.records.openIncidents().length === 0);
    expect(sinceOf(done!)).toEqual({ values: 3, since: 0 });
    expect(undoOn(b, { incident: done! })).toMatchObject({ restored: 3, skipped: 0 });
    expect(everywhere('h')).toEqual({ f: '0', g: '0', h: '0' });
  });
});

/** How many values were set aside, and of how many something was written since, as the member sees it that came last. */
function sinceOf(incident: string): { values: number; since: number } {
  const all = { prefix: '', database: 0, only: null, island: null };
  const { groups } = finish(b.live.operator.setAside(incident, all, { offset: 0, limit: 10, groupsMax: 1 }));
  const { values, since } = ASIDE_SUMS;
  return { values: groups!.total[values]!, since: groups!.total[since]! };
}
