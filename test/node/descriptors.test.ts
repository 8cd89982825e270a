import { expect, test } from '@jest/globals';
import { descriptorLimit, placesFor } from '../../src/node/descriptors.js';

test('a node takes as many clients as the limit of open files allows, and keeps some for itself', () => {
  const clients = (limit: number | null) => placesFor(limit).clients;
  expect([clients(null), clients(1_000_000), clients(10_160)]).toEqual([10_000, 10_000, 10_000]);
  expect([clients(4096), clients(1024), clients(120), clients(2), clients(1)]).toEqual([3936, 864, 60, 1, 1]);
});

test('the limit of this process is known', () => {
  expect(descriptorLimit()).toBeGreaterThan(20);
});
