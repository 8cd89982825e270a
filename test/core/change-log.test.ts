import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { originOf } from '../../src/core/model/version.js';
import { blockEnd, ChangeLog } from '../../src/core/store/change-log.js';

const A = originOf('a'.repeat(16), 1);
const key = (name: string): Buffer => Buffer.from(name);
const keysOf = (log: ChangeLog, after = 0, upto = 1e9): string[] =>
  log.rows(A, after, upto, 1e9).map((row) => `${row.seq}:${Buffer.from(row.key).toString()}`);

describe('the change log', () => {
  test('a later write of a key replaces its row inside a block', () => {
    const log = new ChangeLog();
    for (const [seq, name] of [
      [1, 'k'],
      [2, 'x'],
      [3, 'k'],
    ] as const)
      log.append(A, seq, key(name));
    expect(keysOf(log)).toEqual(['2:x', '3:k']);
    expect(log.length).toBe(2);
  });

  test('a row stays when the later write is in another block, so that a range may end between them', () => {
    const log = new ChangeLog();
    log.append(A, 64, key('k'));
    log.append(A, 65, key('k'));
    expect(keysOf(log)).toEqual(['64:k', '65:k']);
  });

  test('a row at or below the last one is ignored', () => {
    const log = new ChangeLog();
    log.append(A, 5, key('k'));
    log.append(A, 5, key('x'));
    log.append(A, 4, key('y'));
    expect(keysOf(log)).toEqual(['5:k']);
  });

  test('nothing below the floor is taken in or given out', () => {
    const log = new ChangeLog();
    for (let seq = 1; seq <= 10; seq++) log.append(A, seq, key(`k${seq}`));
    log.trim(A, 8);
    log.append(A, 7, key('late'));
    expect(keysOf(log)).toEqual(['9:k9', '10:k10']);
    expect([log.floor(A), log.last(A), log.length]).toEqual([8, 10, 2]);
  });

  test('tells hostile neighbours apart', () => {
    const log = new ChangeLog();
    const names = [Buffer.from([]), Buffer.from([0]), Buffer.from([0, 0]), Buffer.from([255]), key('doc'), key('doc2')];
    for (const [i, name] of names.entries()) log.append(A, i + 1, name);
    expect(log.length).toBe(names.length);
  });

  test('blocks end at multiples of their length', () => {
    const ends = [0, 1, 64, 65, Number.POSITIVE_INFINITY].map(blockEnd);
    expect(ends).toEqual([0, 64, 64, 128, Number.POSITIVE_INFINITY]);
  });

  test('up to the end of any block, the last row of every key written so far in that block is there', () => {
    const writes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(writes, fc.nat(300), (keys, trimmed) => {
        const log = new ChangeLog();
        for (const [i, name] of keys.entries()) log.append(A, i + 1, key(`k${name}`));
        const floor = Math.min(trimmed, keys.length);
        log.trim(A, floor);
        const expected = new Map<string, string>();
        for (const [i, name] of keys.entries()) {
          if (i + 1 > floor) expected.set(`${blockEnd(i + 1)}/${name}`, `${i + 1}:k${name}`);
        }
        expect(keysOf(log).sort()).toEqual([...expected.values()].sort());
        expect(log.length).toBe(expected.size);
      }),
    );
  });
});
