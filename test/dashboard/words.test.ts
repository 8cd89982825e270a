import { expect, test } from '@jest/globals';
import type { PartFacts } from '../../src/admin/protocol/api.js';
import { nowText, valueText } from '../../src/page/words.js';
import { entry } from '../cli/fixtures.js';

const partOf = (kind: PartFacts['kind']) => ({ part: { kind, nameBase64: '' } });

test('what a member has added to a number, and a member of a set, are told as such', () => {
  const count = partOf('count');
  expect(['4', '-4'].map((sum) => valueText(entry('n', sum, 'a', count)))).toEqual(['+ 4', '− 4']);
  expect(nowText(entry('n', '7', 'a'), { ...entry('n', '4', 'a', count) })).toBe('7 in all');
  expect(nowText(null, entry('n', '4', 'a', count))).toBe('nothing');
  expect(valueText(entry('s', '', 'a', partOf('member')))).toBe('member');
});

test('an expiry is told by its time', () => {
  const texts = ['never', '2026-11-23T04:00:00.000Z'].map((text) => valueText(entry('h', text, 'a', partOf('expiry'))));
  expect(texts).toEqual(['no expiry', expect.stringMatching(/^ends 2026-11-23 \d\d:00:00$/)]);
});
