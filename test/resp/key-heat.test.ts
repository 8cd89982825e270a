import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Heat, KeyHeat } from '../../src/fronts/resp/key-heat.js';
import { Harness, until } from './harness.js';

/** The same numbers at each run. */
function drawn(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

function get(key: string): string {
  return `*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`;
}

function set(key: string): string {
  return `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$1\r\nx\r\n`;
}

/** Batches of requests as they come, so many in each millisecond. */
function play(heat: KeyHeat, batch: string, count: number, perMs: number, forMs: number): void {
  const bytes = Buffer.from(batch);
  for (let nowMs = 0; nowMs < forMs; nowMs++) {
    for (let i = 0; i < perMs; i++) heat.performedBytes(bytes, 0, bytes.length, count, 0, nowMs);
  }
}

describe('which keys are in use', () => {
  test('is not looked at until somebody asks, and some seconds after that not any more', () => {
    const heat = new KeyHeat(drawn());
    expect(heat.isOn).toBe(false);
    expect(heat.look(0)).toBeNull();
    expect(heat.isOn).toBe(true);
    const bytes = Buffer.from(get('a:1'));
    for (const nowMs of [10, 4000, 9000]) heat.performedBytes(bytes, 0, bytes.length, 1, 0, nowMs);
    expect(heat.isOn).toBe(false);
  });

  test.each([
    ['few', 1, 3],
    ['many', 8, 400],
  ])('is told of %s requests as they are, within a tenth, whatever their rhythm', (_, perMs, requests) => {
    const heat = new KeyHeat(drawn());
    heat.look(0);
    // Always in the same order: one in four writes.
    const batch = Array.from({ length: requests }, (_, i) => (i % 4 === 3 ? set('cart:7') : get(`session:${i}`)));
    play(heat, batch.join(''), requests, perMs, 3001);
    const seen = heat.look(3001);
    const perSecond = perMs * requests * 1000;
    const share = batch.filter((one) => one.startsWith('*3')).length / requests;
    const rate = (id: string, i: number) =>
      ((seen?.groups.groups.find((one) => one.id === `\0${id}`)?.sums[i] ?? 0) * 1000) / (seen?.windowMs ?? 1);
    if (share > 0) expect(Math.abs(rate('cart:', 2) / perSecond / share - 1)).toBeLessThan(0.1);
    expect(Math.abs(rate('session:', 1) / perSecond / (1 - share) - 1)).toBeLessThan(0.1);
  });

  test('takes some thousand samples a second, however many requests there are', () => {
    let samples = 0;
    const heat = new KeyHeat(() => {
      samples++;
      return 0.5;
    });
    heat.look(0);
    play(heat, get('a:1').repeat(500), 500, 4, 1000);
    // Nobody expected two million.
    expect(samples).toBeLessThan(25_000);
    samples = 0;
    heat.look(1000);
    play(heat, get('a:1').repeat(500), 500, 4, 1000);
    expect(samples).toBeLessThan(25_000);
  });
});

describe('at a port', () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.stop());

  test('reads and writes are counted as commands of clients, and how their keys begin is seen, whatever way they take', async () => {
    const client = await harness.client();
    const before = harness.listener.pulse();
    await client.line('SELECT 3');
    for (let i = 0; i < 40; i++) await client.line(`SET cart:${i} x`);
    for (let i = 0; i < 20; i++) await client.line(`SET timed:${i} x EX 100`);
    for (let i = 0; i < 30; i++) await client.line(`GET cart:${i}`);
    await client.line('MGET cart:1 cart:2');
    await client.line('PING');
    const after = harness.listener.pulse();
    expect([after.reads - before.reads, after.writes - before.writes]).toEqual([31, 60]);
    const writes = new Map<string, number>();
    let latest: Heat | null = null;
    await until(() => {
      const { heat } = harness.listener.pulse();
      if (heat !== null && heat !== latest) {
        for (const { id, sums } of heat.groups.groups) writes.set(id, (writes.get(id) ?? 0) + sums[2]!);
      }
      latest = heat;
      return [...writes.values()].reduce((sum, one) => sum + one, 0) === 60;
    }, 'all writes were in a window of samples');
    expect([writes.get('\u0003cart:'), writes.get('\u0003timed:')]).toEqual([40, 20]);
  });
});
