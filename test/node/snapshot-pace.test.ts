import { expect, test } from '@jest/globals';
import { SnapshotPace } from '../../src/node/driver/snapshot-pace.js';

/** A pace, and a clock that is moved by hand. */
function paceAt(): { pace: SnapshotPace; pass: (ms: number) => void } {
  let nowMs = 1000;
  return {
    pace: new SnapshotPace(() => nowMs),
    pass: (ms) => {
      nowMs += ms;
    },
  };
}

test('with no client around the next part may be given at once', () => {
  const { pace, pass } = paceAt();
  pace.begin();
  pass(3);
  pace.end();
  expect(pace.waitMs).toBe(0);
});

test('while clients are served a part is followed by a longer rest, which ends', () => {
  const { pace, pass } = paceAt();
  pace.served();
  pace.begin();
  pass(2);
  pace.end();
  expect(pace.waitMs).toBe(20);
  pass(5);
  expect(pace.waitMs).toBe(15);
  pass(15);
  expect(pace.waitMs).toBe(0);
});

test('however long a part took, the rest is bounded', () => {
  const { pace, pass } = paceAt();
  pace.served();
  pace.begin();
  pass(1000);
  pace.end();
  expect(pace.waitMs).toBe(50);
});

test('a client that was served some time ago holds nothing back', () => {
  const { pace, pass } = paceAt();
  pace.served();
  pass(10);
  pace.begin();
  pass(2);
  pace.end();
  expect(pace.waitMs).toBe(0);
});
