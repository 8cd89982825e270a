import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { areEqual, type Change, changesOf } from '../../src/engines/redis/three-way.js';
import '../fast-check.js';

const elements = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('1', '2', '3')), { maxLength: 4 })
  .map((pairs): ReadonlyMap<string, string> => new Map(pairs));

function changed(map: ReadonlyMap<string, string>, changes: Iterable<Change>): ReadonlyMap<string, string> {
  const after = new Map(map);
  for (const [name, value] of changes) {
    if (value === null) after.delete(name);
    else after.set(name, value);
  }
  return after;
}

test('where nobody else has changed anything, the node has what Redis has once it took in the changes', () => {
  fc.assert(
    fc.property(elements, elements, (now, base) => {
      expect(areEqual(changed(base, changesOf(now, [base], base)), now)).toBe(true);
    }),
  );
});

test('of each element the application has its way where it changed it, and others where they alone did', () => {
  fc.assert(
    fc.property(elements, elements, elements, (now, base, own) => {
      const after = changed(own, changesOf(now, [base], own));
      for (const name of ['a', 'b', 'c', 'd']) {
        const isChanged = now.get(name) !== base.get(name);
        expect([name, after.get(name)]).toEqual([name, isChanged ? now.get(name) : own.get(name)]);
      }
    }),
  );
});

test('where it is not known what Redis held, what is missing there stays', () => {
  fc.assert(
    fc.property(elements, elements, (now, own) => {
      expect(areEqual(changed(own, changesOf(now, [], own)), new Map([...own, ...now]))).toBe(true);
    }),
  );
});

test('where Redis may have held several, none of it counts as written, and what is missing is judged by the nearest', () => {
  const [first, sent] = [
    new Map([['a', '1']]),
    new Map([
      ['a', '2'],
      ['b', '1'],
      ['c', '1'],
    ]),
  ];
  const own = new Map([
    ['a', '3'],
    ['b', '1'],
    ['c', '1'],
  ]);
  expect([
    ...changesOf(
      new Map([
        ['a', '2'],
        ['c', '1'],
      ]),
      [first, sent],
      own,
    ),
  ]).toEqual([['b', null]]);
  expect([
    ...changesOf(
      new Map([
        ['a', '1'],
        ['d', '1'],
      ]),
      [first, sent],
      own,
    ),
  ]).toEqual([['d', '1']]);
});
