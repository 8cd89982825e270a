import { expect, test } from '@jest/globals';
import { HeapCare } from '../../src/node/heap-care.js';

const MIB = 2 ** 20;

function careOf(live: number): { care: HeapCare; heap: { used: number; live: number; collections: number } } {
  const heap = { used: live, live, collections: 0 };
  const collect = (): void => {
    heap.collections++;
    heap.used = heap.live;
  };
  return { care: new HeapCare(collect, () => heap.used), heap };
}

test('what a burst left on the heap is collected once the node has had little to do for some seconds', () => {
  const { care, heap } = careOf(20 * MIB);
  for (let ms = 0; ms <= 3000; ms += 100) care.note(true, ms);
  heap.used = 90 * MIB;
  for (let ms = 3100; ms <= 6000; ms += 100) care.note(false, ms);
  for (let ms = 6100; ms < 8100; ms += 100) care.note(true, ms);
  expect(heap.collections).toBe(0);
  care.note(true, 8100);
  expect(heap).toMatchObject({ collections: 1, used: 20 * MIB });
});

test('what is live is not looked for garbage again and again', () => {
  const { care, heap } = careOf(20 * MIB);
  for (let ms = 0; ms <= 3000; ms += 100) care.note(true, ms);
  Object.assign(heap, { used: 100 * MIB, live: 90 * MIB });
  for (let ms = 3100; ms <= 60_000; ms += 100) care.note(true, ms);
  expect(heap.collections).toBe(1);
});

test('a little garbage is left to the next collection', () => {
  const { care, heap } = careOf(20 * MIB);
  for (let ms = 0; ms <= 3000; ms += 100) care.note(true, ms);
  heap.used = 30 * MIB;
  for (let ms = 3100; ms <= 60_000; ms += 100) care.note(true, ms);
  expect(heap.collections).toBe(0);
});

test('a node that makes garbage all the time, though it has little to do, collects twice a minute', () => {
  const { care, heap } = careOf(20 * MIB);
  for (let ms = 0; ms < 120_000; ms += 100) {
    care.note(true, ms);
    heap.used += 20 * MIB;
  }
  expect(heap.collections).toBe(4);
});

test('what a burst of deletes left is collected, though the heap is no larger than before: what was live is garbage now', () => {
  const { care, heap } = careOf(90 * MIB);
  for (let ms = 0; ms <= 3000; ms += 100) care.note(true, ms);
  for (let ms = 3100; ms <= 15_000; ms += 100) {
    heap.used = 90 * MIB + (ms % 1000) * 16_384;
    care.note(false, ms);
  }
  heap.live = 20 * MIB;
  for (let ms = 15_100; ms <= 20_000; ms += 100) care.note(true, ms);
  expect(heap).toMatchObject({ collections: 1, used: 20 * MIB });
});
