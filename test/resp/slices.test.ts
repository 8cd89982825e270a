import { describe, expect, test } from '@jest/globals';
import { inSlices } from '../../src/resp/commands/slices.js';

function burn(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

describe('work in slices', () => {
  test('short work is done at once', () => {
    const done: number[] = [];
    expect(inSlices(3, false, (index) => done.push(index))).toBeUndefined();
    expect(done).toEqual([0, 1, 2]);
  });

  test('long work leaves the event loop free in between and does every step once, in order', async () => {
    const done: number[] = [];
    let free = 0;
    const tick = () => {
      free++;
      if (done.length < 40) setImmediate(tick);
    };
    setImmediate(tick);
    await inSlices(40, false, (index) => {
      burn(1);
      done.push(index);
    });
    expect(done).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(free).toBeGreaterThan(2);
  });

  test('atomic work is done at once, however long', () => {
    let done = 0;
    expect(
      inSlices(30, true, () => {
        burn(1);
        done++;
      }),
    ).toBeUndefined();
    expect(done).toBe(30);
  });

  test('a step that throws rejects', async () => {
    const work = inSlices(100, false, (index) => {
      burn(1);
      if (index === 50) throw new Error('refused');
    });
    await expect(work).rejects.toThrow('refused');
  });
});
