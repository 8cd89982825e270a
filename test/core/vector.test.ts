import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { VersionVector } from '../../src/core/model/vector.js';
import { originOf } from '../../src/core/model/version.js';

const A = 'a'.repeat(16);
const B = 'b'.repeat(16);
const origin = fc
  .tuple(fc.constantFrom(A, B), fc.integer({ min: 1, max: 3 }))
  .map(([replica, boot]) => originOf(replica, boot));
const vector = fc
  .tuple(
    fc.array(fc.tuple(origin, fc.integer({ min: 1, max: 9 }))),
    fc.array(fc.tuple(fc.constantFrom(A, B), fc.integer({ min: 1, max: 4 }))),
  )
  .map(([seqs, floors]) => {
    const made = new VersionVector();
    for (const [id, seq] of seqs) made.advance(id, seq);
    for (const [replica, boot] of floors) made.retire(replica, boot);
    return made;
  });

describe('version vectors', () => {
  test('a merge covers both, whatever the order', () => {
    fc.assert(
      fc.property(vector, vector, (a, b) => {
        const one = a.clone();
        one.merge(b);
        const other = b.clone();
        other.merge(a);
        expect(one.coversAll(a) && one.coversAll(b)).toBe(true);
        for (const replica of [A, B]) {
          for (let boot = 1; boot <= 4; boot++) {
            const id = originOf(replica, boot);
            expect(one.get(id)).toBe(other.get(id));
            expect(one.get(id)).toBe(Math.max(a.get(id), b.get(id)));
          }
        }
      }),
    );
  });

  test('a retired origin is covered whole and listed no more', () => {
    const made = new VersionVector();
    made.advance(originOf(A, 1), 5);
    made.retire(A, 2);
    expect(made.get(originOf(A, 1))).toBe(Number.POSITIVE_INFINITY);
    expect(made.toData()).toEqual({ seqs: {}, floors: { [A]: 2 } });
  });

  test('a position never moves back, nor a retired origin return', () => {
    const made = new VersionVector();
    made.advance(originOf(A, 2), 5);
    made.advance(originOf(A, 2), 3);
    made.retire(A, 2);
    made.advance(originOf(A, 1), 9);
    expect([...made.seqs]).toEqual([[originOf(A, 2), 5]]);
  });

  test('survives the way over the wire', () => {
    fc.assert(
      fc.property(vector, (made) => {
        expect(VersionVector.from(JSON.parse(JSON.stringify(made.toData()))).toData()).toEqual(made.toData());
      }),
    );
  });
});
