import { expect, test } from '@jest/globals';
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
  resolveOn,
  set,
} from './support/split-brain-parts.js';

inSteps('a promotion', () => {
  test('takes nothing that has expired on the promoted node with its key for what it has', () => {
    hset(a, 'h', { f: '0', g: '0' });
    expire(a, 'h', 20_000);
    apart(() => {
      cluster.run(30_000);
      hset(b, 'h', { f: 'b', g: null });
      hset(b, 'h', { f: null });
      hset(a, 'h', { g: '0' });
    });
    resolveOn(b, { kind: 'promote', node: b.replica });
    expect(everywhere('h')).toBe(null);
  });

  test('leaves a hash one that was counted up elsewhere at the same time', () => {
    apart(() => {
      incr(b, 'h', 3);
      hset(a, 'h', { f: 'a' });
    });
    resolveOn(a, { kind: 'merge', policy: 'lww' });
    expect(everywhere('h')).toMatchObject({ f: 'a' });
    apart(() => {
      set(b, 'h', null);
      hset(a, 'h', { f: 'a2' });
    });
    resolveOn(a, { kind: 'promote', node: a.replica });
    expect(everywhere('h')).toEqual({ f: 'a2' });
  });
});
