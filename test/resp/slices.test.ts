import { describe, expect, test } from '@jest/globals';
import { inSlices, type Steps } from '../../src/fronts/resp/commands/slices.js';

function burn(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

function* working(count: number, step: (index: number) => void): Steps {
  for (let index = 0; index < count; index++) {
    step(index);
    yield;
  }
  return count;
}

describe('work in slices', () => {
  test('short work is done at once', () => {
    const done: number[] = [];
    expect(inSlices(working(3, (index) => done.push(index)))).toBe(3);
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
    const reply = await inSlices(
      working(40, (index) => {
        burn(1);
        done.push(index);
      }),
    );
    expect(reply).toBe(40);
    expect(done).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(free).toBeGreaterThan(2);
  });

  test('a step that waits goes on when what it waits for is there', async () => {
    const order: string[] = [];
    function* waiting(): Steps {
      const reply = yield Promise.resolve('late');
      order.push(String(reply), 'then');
      return null;
    }
    await inSlices(waiting());
    expect(order).toEqual(['late', 'then']);
  });

  test('work that nobody wants any more is left undone', async () => {
    let done = 0;
    const work = working(1000, () => {
      burn(1);
      done++;
    });
    expect(await inSlices(work, () => done < 20)).toBeNull();
    expect(done).toBeLessThan(100);
  });

  test('a step that throws rejects', async () => {
    const work = inSlices(
      working(100, (index) => {
        burn(1);
        if (index === 50) throw new Error('refused');
      }),
    );
    await expect(work).rejects.toThrow('refused');
  });
});
