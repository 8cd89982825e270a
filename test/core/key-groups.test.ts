import { describe, expect, test } from '@jest/globals';
import { groupOf, KeyGroups } from '../../src/core/model/key-groups.js';

/** Database 0, which is the first character of an id. */
const id = (key: string) => `\0${key}`;

describe('the group of a key', () => {
  test.each([
    ['session:42', 'session:'],
    ['user-profile:eu:7', 'user-profile:'],
    ['img/a/b.png', 'img/'],
    ['tag|x', 'tag|'],
    ['v1:users', 'v1:'],
    ['user-name', 'user-'],
    ['user42', 'user'],
    ['user-42-cart', 'user-'],
    ['user42:cart', 'user'],
    ['550e8400-e29b-41d4', ''],
    ['counter', ''],
    ['', ''],
    [`${'x'.repeat(100)}:y`, ''],
    [':', ':'],
  ])('of %j is %j', (key, group) => {
    expect(groupOf(id(key))).toBe(id(group));
  });
  test('looks beyond a beginning that was asked for', () => {
    const asked = id('app:').length;
    expect(groupOf(id('app:cart:17'), asked)).toBe(id('app:cart:'));
    expect(groupOf(id('app:'), asked)).toBe(id('app:'));
    expect(groupOf(id('app:17'), asked)).toBe(id('app:'));
  });
  test('is a beginning of the key, of at most some length, and finding it again finds the same', () => {
    for (let i = 0; i < 2000; i++) {
      const key = id(String.fromCharCode(...Array.from({ length: i % 80 }, (_, j) => (i * 31 + j * 17) % 256)));
      const group = groupOf(key);
      expect([key.startsWith(group), group.length <= 65, groupOf(group)]).toEqual([true, true, group]);
    }
  });
});

describe('sums by group', () => {
  test('the largest come first, the rest is one row, and the total is of all', () => {
    const groups = new KeyGroups(2);
    for (const [key, bytes] of [
      ['a:1', 10],
      ['b:1', 1],
      ['b:2', 2],
      ['c:1', 5],
    ] as const)
      groups.add(id(key), [1, bytes]);
    expect(groups.top(2)).toEqual({
      groups: [
        { id: id('b:'), sums: [2, 3] },
        { id: id('a:'), sums: [1, 10] },
      ],
      other: { groups: 1, sums: [1, 5] },
      total: [4, 18],
    });
    expect(groups.top(3).other).toBeNull();
  });
  test('a group for every key takes bounded memory, loses nothing, and hides no large group', () => {
    const groups = new KeyGroups(1);
    for (let i = 0; i < 50_000; i++) {
      groups.add(id(`own${String.fromCharCode(97 + (i % 26))}${i.toString(26).replace(/\d/g, 'z')}:x`), [1]);
      if (i % 5 === 0) groups.add(id('large:1'), [1]);
    }
    const { groups: top, other, total } = groups.top(5);
    expect(top[0]).toEqual({ id: id('large:'), sums: [10_000] });
    expect(total).toEqual([60_000]);
    expect(top.reduce((sum, { sums }) => sum + sums[0]!, 0) + other!.sums[0]!).toBe(60_000);
    expect(other!.groups).toBeLessThanOrEqual(50_000);
  });
});
