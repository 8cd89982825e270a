import { beforeEach, describe, expect, test } from '@jest/globals';
import { SLICES } from '../../src/core/store/slices.js';
import {
  a,
  apart,
  b,
  everywhere,
  hset,
  incr,
  LWW,
  resolveOn,
  SMALL,
  set,
  start,
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

describe.each([
  ['one step', SLICES],
  ['small slices', SMALL],
])('an undo of an undo, in %s', (_name, slices) => {
  beforeEach(() => start(slices));

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
});
