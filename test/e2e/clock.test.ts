import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { withClient } from '../../src/admin/client/client.js';
import { FAKETIME } from './faketime.js';
import { NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

if (FAKETIME === null) console.warn('libfaketime is not installed: the test of a wall clock that steps is left out');
const HOUR_S = 3600;

(FAKETIME !== null ? describe : describe.skip)('a machine whose wall clock steps (R15)', () => {
  const temporary = temporaryDirectory();
  const offset = join(temporary.path, 'offset');
  let nodes: NodeProcess[] = [];

  beforeEach(() => step(0));

  afterEach(async () => {
    for (const node of nodes) await node.kill();
    nodes = [];
    temporary.remove();
  });

  /** The wall clock of the first node alone; its monotonic clock goes on. */
  function step(seconds: number): void {
    writeFileSync(offset, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  }

  test('its node says so and writes on in its own time, so that nothing it writes beats what others write later', async () => {
    const faked = ['env', `LD_PRELOAD=${FAKETIME}`, `FAKETIME_TIMESTAMP_FILE=${offset}`];
    const inside = [...faked, 'FAKETIME_NO_CACHE=1', 'FAKETIME_DONT_FAKE_MONOTONIC=1'];
    const a = new NodeProcess('a', join(temporary.path, 'a'), [], inside);
    const b = new NodeProcess('b', join(temporary.path, 'b'));
    nodes = [await a.start(), await b.start(a.address)];
    await untilInSync(a, b);
    for (const [jump, word] of [
      [HOUR_S, 'ahead of'],
      [-HOUR_S, 'behind'],
    ] as const) {
      step(jump);
      await set(a, `jump ${jump}`, 'of the one whose clock stepped');
      expect(Math.abs((await writtenMs(a, `jump ${jump}`)) - Date.now())).toBeLessThan(60_000);
      await untilInSync(a, b);
      await set(b, `jump ${jump}`, 'later');
      await until('the later write stands on both', async () => (await get(a, `jump ${jump}`)) === 'later');
      await until('status names the step', async () =>
        ((await statusOf(a.address)).problems ?? []).some(({ text }) => text.includes(`60 min ${word}`)),
      );
    }
  }, 60_000);
});

async function writtenMs({ address }: NodeProcess, key: string): Promise<number> {
  const keyBase64 = Buffer.from(key).toString('base64');
  const { entry } = await withClient(address, (client) => client.call('ENTRY', { database: 0, keyBase64 }));
  return entry!.writtenMs;
}

async function set({ address }: NodeProcess, key: string, value: string): Promise<void> {
  await using({ address }, (redis) => redis.set(key, value));
}

function get({ address }: { address: string }, key: string): Promise<string | null> {
  return using({ address }, (redis) => redis.get(key));
}

async function using<T>({ address }: { address: string }, use: (redis: Redis) => Promise<T>): Promise<T> {
  const [host = '', port = ''] = address.split(':');
  const redis = new Redis({ host, port: Number(port), protocol: 2, retryStrategy: () => null });
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
