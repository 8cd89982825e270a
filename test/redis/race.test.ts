import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Node } from '../../src/node/node.js';
import { until } from '../bench/probes.js';
import { TestSite, untilEqual, whereRedis } from './sites.js';

const ROUNDS = 100;
const KEYS = 40;

whereRedis('a local and a remote write to one key at the same moment', () => {
  const [a, b] = [new TestSite('a'), new TestSite('b')];

  beforeAll(async () => {
    await a.start();
    await b.start(a);
  });

  afterAll(async () => {
    await Promise.all([a.close(), b.close()]);
  });

  test('each write of an application gets its version, and both sites agree on one of them', async () => {
    const versioned = [versionedAt(a.node), versionedAt(b.node)] as const;
    for (let round = 0; round < ROUNDS; round++) {
      // Each site's last write of the round; a first one, some turns earlier, is what is being applied when it comes.
      await Promise.all([raceAt(a, round, 1), raceAt(b, round, 3)]);
      await until('every last write has a version', async () =>
        [a, b].every((site, i) => lastWrites(site, round).every((write) => versioned[i]!.has(write))),
      ).catch((error: Error) => {
        const lost = [a, b].flatMap((site, i) => lastWrites(site, round).filter((write) => !versioned[i]!.has(write)));
        throw new Error(`${error.message}; lost unseen: ${lost.join(', ')}`);
      });
    }
    const content = await untilEqual(a, b);
    for (let key = 0; key < KEYS; key++) {
      const value = String((content[`key ${key}`] as unknown[])[2]);
      expect([`a/${ROUNDS - 1}/${key}`, `b/${ROUNDS - 1}/${key}`]).toContain(value);
    }
    // The races were run: applies did find writes of the application in their way.
    expect(a.status.counters.overtaken + b.status.counters.overtaken).toBeGreaterThan(10);
  }, 120_000);
});

async function raceAt(site: TestSite, round: number, turns: number): Promise<void> {
  const keys = Array.from({ length: KEYS }, (_, key) => key);
  await Promise.all(keys.map((key) => site.redis.set(`key ${key}`, `${site.name}/${round}/${key} first`)));
  for (let turn = 0; turn < ((round * 7) % 5) * turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  await Promise.all(keys.map((key) => site.redis.set(`key ${key}`, `${site.name}/${round}/${key}`)));
}

function lastWrites(site: TestSite, round: number): string[] {
  return Array.from({ length: KEYS }, (_, key) => `${site.name}/${round}/${key}`);
}

/** All values that the node has given a version, as they come. */
function versionedAt({ core }: Node): Set<string> {
  const seen = new Set<string>();
  const { earlier } = core;
  const write = earlier.write.bind(earlier);
  earlier.write = (after, key, value, expiryMs, type) => {
    if (value !== null) seen.add(Buffer.from(value).toString());
    return write(after, key, value, expiryMs, type);
  };
  return seen;
}
