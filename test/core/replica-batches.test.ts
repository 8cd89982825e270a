import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Entry } from '../../src/core/model/entry.js';
import { hlcFromMs } from '../../src/core/model/hlc.js';
import { isAfter } from '../../src/core/model/version.js';
import type { Range } from '../../src/core/replication/messages.js';
import { blockEnd } from '../../src/core/store/change-log.js';
import { rowsOf } from '../../src/core/store/ranges.js';
import { A, A1, A2, anyKey, B1, bytes, C1, catchUp, entry, NOW_MS, testNode, valueAt, vector } from './samples.js';
import { rangeOf } from './support/ranges.js';

const ALL = { bytesMax: Number.POSITIVE_INFINITY };

function range(from: number, upto: number, ...rows: [seq: number, entry: Entry | null, key?: string][]): Range {
  const full = rows.map(([seq, one, key = 'k']) => ({ seq, key: one?.key ?? bytes(key), entry: one }));
  return rangeOf({ origin: A1, from, upto }, full);
}

describe('a local write', () => {
  test('takes the next number of its origin and a timestamp above everything seen', () => {
    const { data } = testNode(A2);
    data.apply(entry('other', 'v', { hlc: hlcFromMs(NOW_MS + 60_000) }));
    const first = data.write(bytes('k'), bytes('1'), 0);
    const second = data.write(bytes('k'), bytes('2'), 0);
    expect([first.seq, second.seq]).toEqual([1, 2]);
    expect(first.hlc).toBeGreaterThan(hlcFromMs(NOW_MS + 60_000));
    expect(isAfter(second, first)).toBe(true);
    expect(data.vector.toData().seqs).toEqual({ [A2]: 2 });
  });

  test('a delete has no expiry', () => {
    expect(testNode(A1).data.write(bytes('k'), null, NOW_MS + 1)).toMatchObject({ value: null, expiryMs: 0 });
  });

  test('a write at the fence of a resolution has that timestamp', () => {
    const { data, clock } = testNode(A1);
    clock.observe(77);
    expect(data.writeAt(77, bytes('k'), bytes('v'), 0).hlc).toBe(77);
    expect(() => data.writeAt(clock.last + 1, bytes('k'), bytes('v'), 0)).toThrow('beyond the clock');
  });
});

describe('applying an entry', () => {
  test('a lesser version, or the same again, changes nothing, but its timestamp was seen', () => {
    const { data, clock } = testNode(A1, () => 0);
    expect(data.apply(entry('k', 'new', { hlc: 9, origin: B1 }))).toBe(true);
    expect(data.apply(entry('k', 'again', { hlc: 9, origin: B1 }))).toBe(false);
    expect(data.apply(entry('k', 'lesser origin', { hlc: 9, origin: A1 }))).toBe(false);
    expect(data.apply(entry('k', 'greater origin', { hlc: 9, origin: C1 }))).toBe(true);
    expect([valueAt(data, 'k'), clock.last]).toEqual(['greater origin', 9]);
  });
});

describe('a range', () => {
  test('that starts beyond the vector is refused and changes nothing', () => {
    const { data } = testNode(B1);
    expect(data.receive(range(1, 2, [2, entry('k', 'v', { seq: 2 })]))).toBe(false);
    expect([valueAt(data, 'k'), data.vector.get(A1), data.store.logRowCount]).toEqual([undefined, 0, 0]);
  });

  test('that overlaps what is here is taken once', () => {
    const { data } = testNode(B1);
    const [one, two, three] = [1, 2, 3].map((seq) => entry(`k${seq}`, 'v', { seq }));
    expect(data.receive(range(0, 2, [1, one!], [2, two!]))).toBe(true);
    expect(data.receive(range(0, 3, [1, one!], [2, two!], [3, three!]))).toBe(true);
    expect(data.receive(range(0, 2, [1, one!], [2, two!]))).toBe(true);
    expect(data.vector.get(A1)).toBe(3);
    expect(data.store.rows(A1, 0, 9, 9).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  test('may have gaps, and may be empty: the vector moves to its end all the same', () => {
    const { data } = testNode(B1);
    data.receive(range(0, 70, [3, entry('k', 'v', { seq: 3 })], [68, entry('', 'v', { seq: 68 })]));
    data.receive(range(70, 90));
    expect(data.vector.get(A1)).toBe(90);
    expect(data.store.rows(A1, 0, 99, 9).map(({ seq }) => seq)).toEqual([3, 68]);
  });

  test('of a retired origin is taken as known', () => {
    const { data } = testNode(B1);
    data.store.retire(A, 2);
    expect(data.receive(range(3, 4, [4, entry('k', 'v', { seq: 4 })]))).toBe(true);
    expect([valueAt(data, 'k'), data.store.logRowCount]).toEqual([undefined, 0]);
  });

  test('with a row whose tombstone the sender has collected logs the row and leaves the key alone', () => {
    const { data } = testNode(B1);
    data.apply(entry('k', 'later', { origin: C1, seq: 9 }));
    expect(data.receive(range(0, 1, [1, null]))).toBe(true);
    expect([valueAt(data, 'k'), data.vector.get(A1), data.store.rows(A1, 0, 9, 9).length]).toEqual(['later', 1, 1]);
  });

  test('carries the current entry of a key, whatever origin that is from', () => {
    const [a, b, c] = [testNode(A1), testNode(B1), testNode(C1)];
    a.data.write(bytes('k'), bytes('of a'), 0);
    catchUp(a.data, b.data);
    b.data.write(bytes('k'), bytes('of b'), 0);
    const { ranges } = b.data.ranges(vector(), { ...ALL, upto: vector({ [A1]: 10 }) });
    expect(ranges).toMatchObject([{ origin: A1, from: 0, upto: 1 }]);
    expect(rowsOf(ranges[0]!)).toMatchObject([{ seq: 1, entry: { origin: B1, seq: 1 } }]);
    expect(c.data.receive(ranges[0]!)).toBe(true);
    expect(valueAt(c.data, 'k')).toBe('of b');
    expect(c.data.vector.toData().seqs).toEqual({ [A1]: 1 });
  });
});

describe('what a receiver lacks', () => {
  test('comes as a snapshot where writes in a row are too large for one range, and as ranges where they are not', () => {
    const { data } = testNode(A1);
    const value = Buffer.alloc(60 << 20);
    for (let i = 1; i <= 4; i++) data.write(bytes(`k${i}`), value, 0);
    expect(data.ranges(vector(), ALL)).toMatchObject({ ranges: [{ from: 0, upto: 4 }], behind: false });
    data.write(bytes('k5'), value, 0);
    expect(data.ranges(vector(), ALL)).toMatchObject({ ranges: [], behind: true });
    expect(data.ranges(vector({ [A1]: 4 }), ALL)).toMatchObject({ ranges: [{ from: 4, upto: 5 }], behind: false });
  });

  test('nothing for one who has all, or has retired it', () => {
    const { data } = testNode(A1);
    data.write(bytes('k'), bytes('v'), 0);
    for (const has of [vector({ [A1]: 1 }), vector({ [A1]: 9 }), vector({}, { [A]: 2 })]) {
      const nothing = { ranges: [], bytes: 0, behind: false, isTooLarge: false, complete: true, areTouched: false };
      expect(data.ranges(has, ALL)).toEqual(nothing);
    }
  });

  test('a receiver before the floor of the log is behind: it needs a snapshot', () => {
    const { data } = testNode(A1);
    for (const key of ['a', 'b', 'c']) data.write(bytes(key), bytes('v'), 0);
    data.store.trim(A1, 2);
    expect(data.ranges(vector({ [A1]: 1 }), ALL)).toMatchObject({
      ranges: [],
      behind: true,
      complete: false,
      areTouched: false,
    });
    expect(data.ranges(vector({ [A1]: 2 }), ALL)).toMatchObject({ ranges: [{ from: 2, upto: 3 }], behind: false });
  });

  test('slices end at the ends of blocks, and go on from there', () => {
    const { data } = testNode(A1);
    for (let i = 1; i <= 300; i++) data.write(bytes(`k${i}`), bytes('v'.repeat(100)), 0);
    const first = data.ranges(vector(), { bytesMax: 4000 });
    expect(first).toMatchObject({ ranges: [{ from: 0, upto: 64 }], complete: false, behind: false });
    const next = data.ranges(vector({ [A1]: 64 }), { bytesMax: 10_000 });
    expect(next.ranges[0]!.upto).toBe(blockEnd(rowsOf(next.ranges[0]!).at(-1)!.seq));
  });

  test('slices of large values end between them, but not behind one that took the place of another', () => {
    const { data } = testNode(A1);
    for (let i = 1; i <= 30; i++) data.write(bytes(`k${i}`), bytes('v'.repeat(5000)), 0);
    data.write(bytes('k20'), bytes('v'.repeat(5000)), 0);
    expect(data.ranges(vector(), { bytesMax: 4000 }).ranges[0]).toMatchObject({ from: 0, upto: 4 });
    expect(data.ranges(vector({ [A1]: 17 }), { bytesMax: 2000 }).ranges[0]).toMatchObject({ from: 17, upto: 19 });
    expect(data.ranges(vector({ [A1]: 19 }), { bytesMax: 2000 }).ranges[0]).toMatchObject({ from: 19, upto: 31 });
  });

  test('with a bound: up to the end of the block it is in, or to the end of the log where that comes first', () => {
    const { data } = testNode(A1);
    for (let i = 1; i <= 100; i++) data.write(bytes(`k${i}`), null, 0);
    const uptoOf = (bound: number) => data.ranges(vector(), { ...ALL, upto: vector({ [A1]: bound }) }).ranges[0]?.upto;
    expect([63, 64, 99, 100, 101].map(uptoOf)).toEqual([64, 64, 100, 100, 100]);
    expect(data.ranges(vector(), { ...ALL, upto: vector() })).toMatchObject({
      ranges: [],
      complete: true,
      areTouched: false,
    });
  });
});

test('at every moment of a relay in slices, a replica holds what its vector covers, or a greater version (R3)', () => {
  const write = fc.record({ at: fc.nat(1), key: anyKey, times: fc.integer({ min: 1, max: 60 }) });
  const pass = fc.record({ link: fc.nat(3), bytesMax: fc.integer({ min: 1, max: 4000 }) });
  fc.assert(
    fc.property(fc.array(fc.oneof(write, pass), { maxLength: 30, size: 'max' }), (steps) => {
      const nodes = [testNode(A1), testNode(B1), testNode(C1)];
      const links = [0, 1, 2, 0].map((from, i) => [nodes[from]!.data, nodes[[1, 2, 0, 2][i]!]!.data] as const);
      const written: Entry[] = [];
      const holds = (): boolean =>
        nodes.every(({ data }) =>
          written.every((one) => {
            if (!data.vector.covers(one.origin, one.seq)) return true;
            const here = data.store.get(one.key);
            return here !== undefined && !isAfter(one, here);
          }),
        );
      for (const step of steps) {
        if ('link' in step) {
          const [from, to] = links[step.link]!;
          const { ranges, behind } = from.ranges(to.vector, step);
          expect([behind, ...ranges.map((one) => to.receive(one))]).toEqual([false, ...ranges.map(() => true)]);
        } else {
          for (let i = 0; i < step.times; i++) written.push(nodes[step.at]!.data.write(step.key, bytes(`${i}`), 0));
        }
        expect(holds()).toBe(true);
      }
      for (let round = 0; round < 2; round++) for (const [from, to] of links) catchUp(from, to, 100);
      const all = nodes.map(({ data }) => written.map(({ key }) => valueAt(data, key)));
      expect([all[1], all[2]]).toEqual([all[0], all[0]]);
    }),
    { numRuns: 60 },
  );
});
