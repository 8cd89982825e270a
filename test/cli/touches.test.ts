import { describe, expect, test } from '@jest/globals';
import { entryJson } from '../../src/cli/json/entries.js';
import { writtenCells } from '../../src/cli/views/entry-inspect.js';
import { versionText } from '../../src/cli/views/plan-rows.js';
import { compareBucket } from '../../src/operations/replica/bucket-differences.js';
import { entryIdOf, type ReadBucket, toVector } from '../../src/operations/replica/bucket-read.js';
import { toPolicyConflict } from '../../src/operations/split-brain/merge-policy.js';
import { conflict, entry, NOW_MS } from './fixtures.js';

const written = entry('k', 'v', 'a');
const touch = { hlc: written.hlc + 1, origin: `${'ab'.repeat(8)}.00000001`, seq: 4, writtenMs: NOW_MS, writer: 'c' };
const touched = { ...written, touch };

describe('a touched entry', () => {
  test('is shown with who touched it, and when', () => {
    expect(writtenCells(written, NOW_MS)[1]).toBe('a');
    const [when, who] = writtenCells(touched, NOW_MS);
    expect([when, who]).toEqual([expect.stringMatching(/\ntouched \S+/), 'a\nc']);
    expect(versionText(touched, NOW_MS)).toMatch(/\ntouched \S+ by c$/);
    expect(entryJson(touched).touch).toMatchObject({ writer: { name: 'c' }, seq: 4, hlc: touch.hlc });
    expect(entryJson(written).touch).toBeNull();
  });

  test('is later than the same value without the touch, and missing where the touch was taken in', () => {
    const bucket = (facts: typeof written, seqs: Record<string, number>): ReadBucket => ({
      entries: new Map([[entryIdOf(facts), facts]]),
      nowMs: NOW_MS,
      vector: toVector({ seqs, floors: {} }),
    });
    const both = (seqs: Record<string, number>) =>
      compareBucket(
        1,
        new Map([
          ['a', bucket(touched, {})],
          ['c', bucket(written, { [written.origin]: 9, ...seqs })],
        ]),
      );
    expect(both({}).uncovered).toMatchObject([{ holder: 'a', lacker: 'c' }]);
    expect(both({ [touch.origin]: 4 }).differences).toMatchObject([{ kind: 'older', holder: 'a', lacker: 'c' }]);
  });

  test('is no other version to a policy than the value that it is of: the one touched last is asked about', () => {
    const islands = [['a'], ['c'], ['b']].map((members) => ({ members })) as never;
    const deleted = entry('k', null, 'b');
    expect(toPolicyConflict(conflict('k', [written, touched]), islands)).toBeNull();
    const asked = toPolicyConflict(conflict('k', [written, touched, deleted]), islands);
    expect(asked?.versions.map(({ island }) => island)).toEqual([1, 2]);
  });
});
