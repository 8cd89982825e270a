import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../../../src/admin/client/client.js';
import { type Measured, under } from '../figures.js';
import { answerOf, freePort, keyCount, portOf, timed, until } from '../probes.js';
import { NO_PERSISTENCE } from '../redis-server.js';
import type { Stage } from '../stage.js';
import { WatchedNode } from '../watched-node-process.js';
import { fillHash } from './parts-hashes.js';

const PAUSE_MAX_MS = 20;

/** What is done with a large hash, in this order. */
const DEEDS = ['EXPIRE', 'sending to a joiner', 'DEL', 'an expiry that comes'] as const;
type Deed = (typeof DEEDS)[number];

interface Seen {
  readonly tookMs: number;
  /** The longest pause of the event loop until it was over, and what came after it had been done. */
  readonly pauseMs: number;
}

/** How long it takes to end, to touch and to send a hash of very many fields, and how long the node stands still meanwhile. */
export async function measureLargeHash(stage: Stage): Promise<Measured[]> {
  const fields = stage.size(1_000_000, 20_000);
  stage.note(
    `a large hash: ${fields} fields with values of 20 bytes, at a durable node in a process that watches its event loop each ` +
      'millisecond; to a joiner: from the start of its process until it answers HLEN with all of them',
  );
  const mneme: Record<Deed, Seen>[] = [];
  const redis: number[] = [];
  for (let run = 0; run < 1; run++) {
    mneme.push(await mnemeDeeds(stage, fields));
    const tookMs = await redisDelMs(stage, fields);
    if (tookMs !== null) redis.push(tookMs);
  }
  return DEEDS.flatMap((deed): Measured[] => [
    {
      figure: `${deed} of a large hash`,
      unit: 'ms',
      of: { name: 'mneme', values: mneme.map((seen) => seen[deed].tookMs) },
      against: deed === 'DEL' && redis.length > 0 ? { name: 'redis', values: redis } : undefined,
    },
    {
      figure: `${deed} of a large hash: longest pause`,
      unit: 'ms',
      of: { name: 'mneme', values: mneme.map((seen) => seen[deed].pauseMs) },
      target: under(PAUSE_MAX_MS),
    },
  ]).map((measured) => stage.measured(measured));
}

// ---

async function mnemeDeeds(stage: Stage, fields: number): Promise<Record<Deed, Seen>> {
  const node = new WatchedNode(stage.directory());
  stage.owns(node);
  const address = await node.start();
  const port = portOf(address);
  stage.progress('mneme: loading two large hashes');
  await fillHash(port, 'large', fields);
  await fillHash(port, 'other', fields);
  const seen: Partial<Record<Deed, Seen>> = {};
  const watch = async (deed: Deed, act: () => Promise<unknown>): Promise<void> => {
    stage.progress(`mneme: ${deed}`);
    await node.report();
    const tookMs = await timed(act);
    await sleep(stage.size(1000, 200));
    seen[deed] = { tookMs, pauseMs: (await node.report()).longestMs };
  };
  await watch('EXPIRE', () => expectAnswer(port, ['EXPIRE', 'large', '100000'], ':1'));
  let leave = (): Promise<unknown> => Promise.resolve();
  await watch('sending to a joiner', async () => {
    leave = await joinUntilThere(stage, address, fields);
  });
  await leave();
  await watch('DEL', () => expectAnswer(port, ['DEL', 'large'], ':1'));
  await watch('an expiry that comes', async () => {
    await expectAnswer(port, ['PEXPIRE', 'other', '1'], ':1');
    await until('the hash is collected', async () => (await keyCount(port)) === 0);
  });
  await node.kill();
  return seen as Record<Deed, Seen>;
}

/** Resolves when a new member answers with the hash; gives how it leaves. */
async function joinUntilThere(stage: Stage, address: string, fields: number): Promise<() => Promise<unknown>> {
  const joiner = stage.node('joiner');
  const port = await freePort();
  const started = joiner.start(address, `127.0.0.1:${port}`);
  started.catch(() => {});
  const isThere = async (): Promise<boolean> => (await answerOf(port, ['HLEN', 'large'])) === `:${fields}`;
  await Promise.race([until('the joiner has the hash', isThere), started.then(() => new Promise<never>(() => {}))]);
  return async () => {
    await started;
    await withClient(joiner.address, (client) => client.call('LEAVE', {}));
    await joiner.kill();
  };
}

/** Redis stands still as long as its DEL takes. */
async function redisDelMs(stage: Stage, fields: number): Promise<number | null> {
  const redis = await stage.startRedis(NO_PERSISTENCE);
  if (redis === null) return null;
  stage.progress('redis: DEL');
  await fillHash(redis.port, 'large', fields);
  const tookMs = await timed(() => expectAnswer(redis.port, ['DEL', 'large'], ':1'));
  await redis.kill();
  return tookMs;
}

async function expectAnswer(port: number, command: readonly string[], wanted: string): Promise<void> {
  const answer = await answerOf(port, command);
  if (answer !== wanted) throw new Error(`${command.join(' ')} was answered with ${answer}, not ${wanted}`);
}
