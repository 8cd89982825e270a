import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ElementMap } from '../../src/engines/redis/element-map.js';
import '../fast-check.js';

/** Among these are texts of the same hash. */
const name = fc.oneof(fc.constantFrom('', 'a', 'b', 'c'), fc.integer({ min: 0, max: 300 }).map(String));
const steps = fc.array(fc.tuple(name, fc.constantFrom('1', '2', '', null)), { maxLength: 200 });

function changed(of: ElementMap, changes: readonly (readonly [string, string | null])[]): ElementMap {
  const edit = of.edit();
  for (const [name, value] of changes) {
    if (value === null) edit.delete(name);
    else edit.set(name, value);
  }
  return edit.done();
}

function after(before: ReadonlyMap<string, string>, changes: readonly (readonly [string, string | null])[]) {
  const map = new Map(before);
  for (const [name, value] of changes) {
    if (value === null) map.delete(name);
    else map.set(name, value);
  }
  return map;
}

test('it holds what a Map would, and the one that it is made of stays as it was', () => {
  fc.assert(
    fc.property(steps, steps, (first, second) => {
      const one = changed(ElementMap.EMPTY, first);
      const other = changed(one, second);
      const [expectedOne, expectedOther] = [after(new Map(), first), after(after(new Map(), first), second)];
      expect(new Map(one)).toEqual(expectedOne);
      expect(new Map(other)).toEqual(expectedOther);
      expect([one.size, other.size]).toEqual([expectedOne.size, expectedOther.size]);
      for (const [key] of [...first, ...second]) expect(other.get(key)).toBe(expectedOther.get(key));
      expect([...other.keys()].sort()).toEqual([...expectedOther.keys()].sort());
    }),
  );
});

test('the differences of two are those of their elements, whether one is made of the other or not', () => {
  fc.assert(
    fc.property(steps, steps, fc.boolean(), (first, second, isShared) => {
      const one = changed(ElementMap.EMPTY, first);
      const other = isShared ? changed(one, second) : changed(ElementMap.EMPTY, second);
      const names = new Set([...one.keys(), ...other.keys()]);
      const expected = [...names].filter((name) => one.get(name) !== other.get(name));
      const found = [...one.differences(other)];
      expect(found.map(([name]) => name).sort()).toEqual(expected.sort());
      for (const [name, was, is] of found) expect([was, is]).toEqual([one.get(name), other.get(name)]);
      expect(one.isSame(other)).toBe(expected.length === 0);
      if (expected.length === 0) expect(one.digest).toBe(other.digest);
      else expect(one.digest).not.toBe(other.digest);
    }),
  );
});

test('texts of the same hash are told apart', () => {
  const of = ElementMap.EMPTY.edit();
  for (let i = 0; i < 200_000; i++) of.set(String(i), 'x');
  const map = of.done();
  expect(map.size).toBe(200_000);
  for (let i = 0; i < 200_000; i++) if (map.get(String(i)) !== 'x') throw new Error(`${i} is lost`);
  const less = map.edit();
  for (let i = 0; i < 200_000; i += 2) less.delete(String(i));
  const rest = less.done();
  expect([rest.size, rest.has('1'), rest.has('2'), map.has('2')]).toEqual([100_000, true, false, true]);
});

test('a map from which many elements were deleted at once differs from others by these, as one that is made anew', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 2000 }), { minLength: 100, maxLength: 400 }), (gone) => {
      const all = changed(
        ElementMap.EMPTY,
        Array.from({ length: 2001 }, (_, i) => [String(i), '']),
      );
      const rest = changed(
        all,
        gone.map((i) => [String(i), null]),
      );
      const anew = changed(
        ElementMap.EMPTY,
        [...rest.keys()].map((key) => [key, '']),
      );
      expect(rest.digest).toBe(anew.digest);
      expect([...rest.differences(anew)]).toEqual([]);
      expect([...rest.differences(all)].length).toBe(gone.length);
    }),
    { numRuns: 20 },
  );
});
