import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Bytes } from '../../src/core/model/bytes.js';
import type { Origin } from '../../src/core/model/version.js';
import { blockEnd, ChangeLog } from '../../src/core/store/change-log.js';
import { BLOCK } from '../../src/core/store/log-chunk.js';
import { A1, A2, anyKey, B1, bytes, KEYS, text } from './samples.js';

const ALL = Number.POSITIVE_INFINITY;

function logOf(...rows: [seq: number, key: string][]): ChangeLog {
  const log = new ChangeLog();
  for (const [seq, key] of rows) log.append(A1, seq, bytes(key));
  return log;
}

function rowsOf(log: ChangeLog, after = 0, upto = ALL, limit = ALL, origin: Origin = A1): string[] {
  return log.rows(origin, after, upto, limit).map(({ seq, key }) => `${seq}:${text(key)}`);
}

test('rows come back in order, with their keys, between the bounds, over gaps', () => {
  const log = logOf([1, ''], [2, '\0'], [5, '\xff'], [900, 'doc']);
  expect(rowsOf(log)).toEqual(['1:', '2:\0', '5:\xff', '900:doc']);
  expect(rowsOf(log, 1, 5)).toEqual(['2:\0', '5:\xff']);
  expect(rowsOf(log, 2, 4)).toEqual([]);
  expect(rowsOf(log, 0, ALL, 0)).toEqual([]);
});

test('an origin never heard of has no rows and no floor', () => {
  const log = new ChangeLog();
  expect([log.rows(A1, 0, ALL, 9), log.floor(A1), log.last(A1), log.lengthOf(A1)]).toEqual([[], 0, 0, 0]);
  expect(log.list()).toEqual([]);
});

test('a later write to a key replaces its row; neighbours of the key stay', () => {
  const log = logOf([1, 'doc'], [2, 'doc2'], [3, ''], [4, '\0'], [5, 'doc'], [6, '']);
  expect(rowsOf(log)).toEqual(['2:doc2', '4:\0', '5:doc', '6:']);
  expect(log.length).toBe(4);
});

test('a floor rises only, and what is at or below it is ignored, also where nothing was ever there', () => {
  const log = new ChangeLog();
  log.trim(A1, 10);
  log.trim(A1, 2);
  log.append(A1, 10, bytes('a'));
  log.append(A1, 11, bytes('b'));
  expect([rowsOf(log), log.floor(A1), log.last(A1)]).toEqual([['11:b'], 10, 11]);
});

test('a write to the key of a trimmed row adds a row', () => {
  const log = logOf([1, 'a'], [2, 'b']);
  log.trim(A1, 1);
  log.append(A1, 3, bytes('a'));
  expect([rowsOf(log), log.length]).toEqual([['2:b', '3:a'], 2]);
});

test('boots of one replica, and other replicas, have logs of their own', () => {
  const log = logOf([1, 'k']);
  log.append(A2, 1, bytes('k'));
  log.append(B1, 4, bytes('k'));
  log.trim(A1, 1);
  expect([A1, A2, B1].map((origin) => rowsOf(log, 0, ALL, ALL, origin))).toEqual([[], ['1:k'], ['4:k']]);
  log.remove(A2);
  expect([log.list(), log.floor(A2), log.lengthOf(A2)]).toEqual([[A1, B1], 0, 0]);
});

test('the log keeps a copy of a key, and gives copies out', () => {
  const log = new ChangeLog();
  const key = Buffer.from('doc');
  log.append(A1, 1, key);
  key.fill(0);
  log.rows(A1, 0, ALL, 1)[0]!.key.fill(0);
  expect(rowsOf(log)).toEqual(['1:doc']);
});

test('keys far larger than a chunk, one after the other, keep their bytes', () => {
  const log = new ChangeLog();
  const keys = [1, 2, 3, 4, 5].map((n) => Buffer.alloc(100_000, n));
  for (const [i, key] of keys.entries()) log.append(A1, 1 + i * BLOCK, key);
  expect(log.rows(A1, 0, ALL, ALL).every(({ key }, i) => Buffer.compare(key, keys[i]!) === 0)).toBe(true);
  log.trim(A1, 1 + 3 * BLOCK);
  log.append(A1, 1 + 5 * BLOCK, keys[0]!);
  expect(log.rows(A1, 0, ALL, ALL).map(({ key }) => key[0])).toEqual([5, 1]);
});

test('keys whose hashes are equal are kept apart', () => {
  const log = new ChangeLog();
  for (let seq = 1; seq <= BLOCK; seq++) log.append(A1, seq, bytes(`k${seq % 40}`), 7);
  const seqs = log.rows(A1, 0, ALL, ALL).map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: 40 }, (_, i) => BLOCK - 39 + i));
});

test('all hostile keys fit into one block side by side', () => {
  const log = new ChangeLog();
  for (let seq = 1; seq <= 3 * KEYS.length; seq++) log.append(A1, seq, KEYS[(seq - 1) % KEYS.length]!);
  expect(log.rows(A1, 0, ALL, ALL).map(({ key }) => text(key))).toEqual(KEYS.map(text));
});

describe('ten thousand writes to ever new keys', () => {
  const log = new ChangeLog();
  for (let seq = 1; seq <= 10_000; seq++) log.append(A1, seq, bytes(`key-${seq}`));

  test('page by page, all rows are found once', () => {
    const found: number[] = [];
    for (let page = log.rows(A1, 0, ALL, 777); page.length > 0; page = log.rows(A1, found.at(-1)!, ALL, 777)) {
      found.push(...page.map((row) => row.seq));
    }
    expect(found).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
  });

  test('trimmed step by step, the rest is always whole', () => {
    for (let upto = 0; upto < 10_000; upto += 1371) {
      log.trim(A1, upto);
      expect([log.lengthOf(A1), log.rows(A1, 0, ALL, 1)[0]?.seq]).toEqual([10_000 - upto, upto + 1]);
    }
    log.trim(A1, 10_000);
    expect([log.length, rowsOf(log)]).toEqual([0, []]);
  });
});

/** The same by the book: an array, searched from end to end. */
class PlainLog {
  rows: { seq: number; key: Bytes }[] = [];
  floor = 0;
  private lastSeq = 0;

  get last(): number {
    return Math.max(this.floor, this.lastSeq);
  }

  append(seq: number, key: Bytes): void {
    if (seq <= this.last) return;
    const isReplaced = (row: { seq: number; key: Bytes }): boolean =>
      blockEnd(row.seq) === blockEnd(seq) && Buffer.compare(row.key, key) === 0;
    this.rows = [...this.rows.filter((row) => !isReplaced(row)), { seq, key }];
    this.lastSeq = seq;
  }

  trim(upto: number): void {
    this.rows = this.rows.filter((row) => row.seq > upto);
    this.floor = Math.max(this.floor, upto);
  }
}

test('any sequence of calls leaves what a plain array would', () => {
  const step = fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: -2, max: 40 }));
  const append = fc.record({ kind: fc.constant('append' as const), step, key: anyKey });
  const trim = fc.record({ kind: fc.constant('trim' as const), back: fc.integer({ min: -3, max: 150 }) });
  const calls = fc.array(fc.oneof({ weight: 8, arbitrary: append }, trim), { maxLength: 250, size: 'max' });
  fc.assert(
    fc.property(calls, fc.nat(200), fc.nat(200), fc.nat(9), (all, after, span, limit) => {
      const [log, plain] = [new ChangeLog(), new PlainLog()];
      const [states, plainStates]: [number[][], number[][]] = [[], []];
      for (const call of all) {
        const { last } = plain;
        if (call.kind === 'append')
          for (const one of [log.append.bind(log, A1), plain.append.bind(plain)])
            one(Math.max(1, last + call.step), call.key);
        else for (const one of [log.trim.bind(log, A1), plain.trim.bind(plain)]) one(Math.max(0, last - call.back));
        states.push([log.lengthOf(A1), log.floor(A1), log.last(A1)]);
        plainStates.push([plain.rows.length, plain.floor, plain.last]);
      }
      expect(states).toEqual(plainStates);
      const plainRows = plain.rows.map(({ seq, key }) => `${seq}:${text(key)}`);
      expect(rowsOf(log)).toEqual(plainRows);
      const wanted = plain.rows.filter((row) => row.seq > after && row.seq <= after + span).slice(0, limit);
      expect(rowsOf(log, after, after + span, limit)).toEqual(wanted.map(({ seq, key }) => `${seq}:${text(key)}`));
    }),
    { numRuns: 150 },
  );
});
