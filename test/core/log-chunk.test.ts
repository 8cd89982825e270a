import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blockEnd, ChangeLog } from '../../src/core/store/change-log.js';

const ORIGIN = '00000000000000aa.00000001';
const OTHER = '00000000000000bb.00000001';

describe('the rows of a change log', () => {
  test('any sequence of appends and trims leaves the rows that the rules say', () => {
    const seqGap = fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 1, max: 3 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 400 }) },
    );
    const append = fc.record({ key: fc.nat(30), gap: seqGap });
    const trim = fc.record({ back: fc.oneof(fc.nat(200), fc.integer({ min: -100, max: 3000 })) });
    const calls = fc.array(fc.oneof({ weight: 60, arbitrary: append }, { weight: 1, arbitrary: trim }), {
      maxLength: 2500,
      size: 'max',
    });
    fc.assert(
      fc.property(calls, fc.nat(3), (calls, keyBytes) => {
        const [log, model] = [new ChangeLog(), new Model()];
        let seq = 0;
        for (const call of calls) {
          if ('key' in call) {
            seq += call.gap;
            const key = `${call.key}`.padEnd(keyBytes * keyBytes * 10, '.');
            log.append(ORIGIN, seq, Buffer.from(key));
            model.append(seq, key);
          } else {
            log.trim(ORIGIN, seq - call.back);
            model.trim(seq - call.back);
          }
        }
        expect([log.floor(ORIGIN), log.last(ORIGIN), log.lengthOf(ORIGIN)]).toEqual([
          model.floor,
          model.last,
          model.rows.size,
        ]);
        for (const [after, upto, limit] of [
          [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
          [seq - 100, seq - 10, 50],
          [seq / 2, seq, 7],
        ] as const) {
          expect(rowsOf(log, ORIGIN, after, upto, limit)).toEqual(model.read(after, upto, limit));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a row is replaced inside its block alone', () => {
    const log = new ChangeLog();
    for (let seq = 60; seq <= 70; seq++) log.append(ORIGIN, seq, Buffer.from(seq % 2 === 0 ? 'even' : 'odd'));
    expect(rowsOf(log)).toEqual(['63 odd', '64 even', '69 odd', '70 even']);
    expect(log.length).toBe(4);
  });

  test('rows stay right while thousands come and go', () => {
    const log = new ChangeLog();
    for (let seq = 1; seq <= 20_000; seq++) {
      log.append(ORIGIN, seq, Buffer.from(`key-${seq}`));
      if (seq % 700 === 0) log.trim(ORIGIN, seq - 3000);
    }
    expect(log.lengthOf(ORIGIN)).toBe(20_000 - 16_600);
    expect(rowsOf(log, ORIGIN, 0, 17_000, 2)).toEqual(['16601 key-16601', '16602 key-16602']);
    expect(rowsOf(log, ORIGIN, 19_998)).toEqual(['19999 key-19999', '20000 key-20000']);
    log.trim(ORIGIN, 20_000);
    expect([log.length, rowsOf(log)]).toEqual([0, []]);
    log.append(ORIGIN, 20_001, Buffer.from('next'));
    expect(rowsOf(log)).toEqual(['20001 next']);
  });

  test('keys of all lengths are kept as copies', () => {
    const log = new ChangeLog();
    const keys = [0, 1, 33, 5000, 1_000_000, 7].map((length) => Buffer.alloc(length, 'k'));
    for (const [i, key] of keys.entries()) log.append(ORIGIN, i + 1, key);
    const copies = keys.map((key) => Buffer.from(key));
    for (const key of keys) key.fill('x');
    expect(log.rows(ORIGIN, 0, 10, 10).map((row) => Buffer.compare(row.key, copies[row.seq - 1]!))).toEqual(
      keys.map(() => 0),
    );
  });

  test('origins are apart, and one that was removed starts anew', () => {
    const log = new ChangeLog();
    log.append(ORIGIN, 5, Buffer.from('a'));
    log.append(OTHER, 1, Buffer.from('b'));
    log.trim(ORIGIN, 5);
    log.remove(ORIGIN);
    expect([log.floor(ORIGIN), log.last(ORIGIN), log.list()]).toEqual([0, 0, [OTHER]]);
    log.append(ORIGIN, 1, Buffer.from('c'));
    expect([rowsOf(log), rowsOf(log, OTHER)]).toEqual([['1 c'], ['1 b']]);
  });
});

// ---------------------------------------------------------------------------------------------------------------------

function rowsOf(
  log: ChangeLog,
  origin = ORIGIN,
  after = 0,
  upto = Number.POSITIVE_INFINITY,
  limit = Number.POSITIVE_INFINITY,
): string[] {
  return log.rows(origin, after, upto, limit).map((row) => `${row.seq} ${Buffer.from(row.key).toString()}`);
}

/** The rules of R4 and of ChangeLog, word for word, on one origin. */
class Model {
  floor = 0;
  last = 0;
  readonly rows = new Map<number, string>();

  append(seq: number, key: string): void {
    if (seq <= this.last) return;
    for (const [earlier, known] of this.rows) {
      if (known === key && blockEnd(earlier) >= seq) this.rows.delete(earlier);
    }
    this.rows.set(seq, key);
    this.last = seq;
  }

  trim(upto: number): void {
    this.floor = Math.max(this.floor, upto);
    this.last = Math.max(this.last, this.floor);
    for (const seq of this.rows.keys()) if (seq <= upto) this.rows.delete(seq);
  }

  read(after: number, upto: number, limit: number): string[] {
    const found = [...this.rows].filter(([seq]) => seq > after && seq <= upto);
    return found.slice(0, limit).map(([seq, key]) => `${seq} ${key}`);
  }
}
