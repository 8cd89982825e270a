import { expect, test } from '@jest/globals';
import { clusterStatusView } from '../../src/cli/views/cluster-status.js';
import { columnsOf } from '../../src/cli/views/text.js';
import { assessSurvey } from '../../src/operations/cluster/status.js';
import { localTime } from '../../src/operations/common/durations.js';
import { NOW_MS } from './fixtures.js';
import { STATES } from './gallery.js';

/** The text of each state that an operator may meet: kept beside this file, to be read when it changes. */
for (const width of [80, 120]) {
  test.each(Object.entries(STATES))(`cluster status at ${width} columns says it: %s`, (_, survey) => {
    const text = clusterStatusView(assessSurvey(survey), { width, color: false });
    // The machine's time zone is not what this is about.
    expect(text.replaceAll(localTime(NOW_MS - 240_000), '2026-11-23 02:56:00')).toMatchSnapshot();
    for (const line of text.split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(width);
  });
}

const heads = Object.fromEntries(
  Object.entries(STATES).map(([name, survey]) => [name, assessSurvey(survey)]),
) as Record<keyof typeof STATES, ReturnType<typeof assessSurvey>>;

test('all members that are down are named', () => {
  expect(heads['two members down'].headline).toBe(
    'PARTITION or down: nobody hears b (3 min) and c (3 min), and no answer here',
  );
  expect(heads['a partition, and a member down'].headline).toContain('; no answer from d');
});

test('a member that is slow to answer, and that others hear, is no partition', () => {
  const { state, healthy, headline } = heads['no answer from two that others hear'];
  expect([state, healthy]).toEqual(['no-answer', false]);
  expect(headline).toBe('No answer from b and c, though no other member counts them as down yet');
});

test('where writes are refused, and for how long, is in sight', () => {
  const { headline, members } = heads['a minority, in majority mode'];
  expect(headline).toMatch(/; writes are refused here$/);
  expect(members[0]).toMatchObject({ state: 'no-quorum', stateSinceMs: 3000 });
  expect(heads['a partition, and a member down'].headline).toMatch(/; writes are refused at c$/);
});

test('nothing is told of a member that was never heard since the start', () => {
  const [, ...others] = heads['a start while the others are down'].members;
  expect(others).toMatchObject([
    { lagWrites: null, lastHeardMs: null },
    { lagWrites: null, lastHeardMs: null },
  ]);
});

test.each([
  ['a split-brain', 'a b | c', 'mneme split-brain plan'],
  ['a split-brain, and a member of it down', 'a | c; no answer from b', 'mneme split-brain plan'],
  ['a split-brain, cut once more', 'a | b | c', 'mneme split-brain plan'],
  ['a split-brain, cut again where it was', 'a b | c', 'mneme replica inspect a'],
  [
    'a split-brain that another member reaches',
    'a b | c; no answer from c',
    'mneme split-brain plan --node 10.0.0.2:7379',
  ],
] as const)('in %s the islands are those of now, and the next command is one that works', (name, islands, next) => {
  const { headline, next: command } = heads[name];
  expect(headline.split('): ')[1]).toBe(islands);
  expect(command).toBe(next);
});

test('an address can be copied whole, however far a member is behind', () => {
  const status = assessSurvey(STATES['a split-brain']);
  const address = '192.168.120.14:24101';
  const members = status.members.map((one) => ({ ...one, address, lagWrites: 1_234_567, entries: 1_234_567 }));
  const lines = clusterStatusView({ ...status, members }, { width: 80, color: false }).split('\n');
  expect(lines.filter((line) => line.includes(address))).toHaveLength(members.length);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});
