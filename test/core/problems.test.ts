import { expect, test } from '@jest/globals';
import { Problems } from '../../src/core/membership/problems.js';

let nowMs = 1000;
const logged: string[] = [];
const fresh = (): Problems => {
  logged.length = 0;
  return new Problems(
    () => nowMs,
    (level, message) => logged.push(`${level} ${message}`),
  );
};

test('a problem keeps the time it was first seen, takes the latest words, and is logged once', () => {
  const problems = fresh();
  problems.note('disk', '', 'the disk is full');
  nowMs += 50;
  problems.note('disk', '', 'the disk is full');
  problems.note('disk', '', 'the disk is gone');
  expect(problems.list()).toEqual([{ kind: 'disk', subject: '', text: 'the disk is gone', next: null, sinceMs: 1000 }]);
  expect(logged).toEqual(['warn the disk is full']);
});

test('a problem that is over is gone, and one of another subject stays', () => {
  const problems = fresh();
  problems.note('peer', 'b', 'b is odd');
  problems.note('peer', 'c', 'c is odd');
  problems.clear('peer', 'b');
  problems.clear('peer', 'never noted');
  expect(problems.list().map(({ subject }) => subject)).toEqual(['c']);
  expect(logged.at(-1)).toBe('info over: b is odd');
});

test('more problems of a kind than can be kept are counted and logged, each once, until they are over', () => {
  const problems = fresh();
  for (let again = 0; again < 3; again++) for (let i = 0; i < 70; i++) problems.note('peer', `${i}`, `${i} is odd`);
  expect([problems.list().length, problems.leftOut, logged.length]).toEqual([64, 6, 70]);
  problems.clear('peer', '69');
  expect(problems.leftOut).toBe(5);
  problems.clear('peer', '0');
  problems.note('peer', '68', '68 is odd');
  expect([problems.list().length, problems.leftOut]).toEqual([64, 4]);
  expect(logged.filter((line) => line.includes('68'))).toHaveLength(1);
});

test('problems that peers bring about, however many, hide none of another kind', () => {
  const problems = fresh();
  for (let i = 0; i < 10_000; i++) problems.note('peer', `${i}`, `${i} is odd`);
  problems.note('disk', '', 'the disk is full');
  expect(problems.list().map(({ kind }) => kind)).toContain('disk');
  expect([problems.list().length, problems.leftOut]).toEqual([65, 4096]);
});
