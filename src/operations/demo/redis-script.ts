import type { StatusReply } from '../../admin/protocol/api.js';
import type { DemoStage, NodeName } from './demo.js';

/** The story that `mneme demo --engine redis` tells. */
export const REDIS_DEMO_STEPS: readonly ((stage: DemoStage) => Promise<void>)[] = [
  attach,
  writeAnywhere,
  writeApart,
  healAndMerge,
  loseData,
];

async function attach(stage: DemoStage): Promise<void> {
  stage.say('Two sites, each with a Redis of its own that an application uses. A node is put beside each of them.');
  await stage.application('a', "await a.set('session:1', 'ann')", async (redis) =>
    String(await redis.set('session:1', 'ann')),
  );
  const rest = (node: NodeName): string[] => {
    const place = ['--name', node, '--listen', stage.addressOf(node), '--dir', stage.dirOf(node)];
    return [...place, '--engine', stage.redisOf(node), '--allow-drills', '--detach'];
  };
  await stage.mneme(['cluster', 'start', ...rest('a'), '--new', '--failure-timeout', '1s', '--on-heal', 'manual']);
  await stage.mneme(['cluster', 'join', stage.addressOf('a'), ...rest('b')]);
  await stage.until('b', 'its Redis is the same', isSettled);
  await stage.application('b', "await b.get('session:1')", async (redis) => String(await redis.get('session:1')));
}

async function writeAnywhere(stage: DemoStage): Promise<void> {
  stage.say('The applications go on talking to their Redis directly. Every data type travels, both ways.');
  await stage.application('b', "await b.hset('cart:1', 'book', '2')", async (redis) =>
    String(await redis.hset('cart:1', 'book', '2')),
  );
  await stage.until('b', 'a has it', (status) => isSettled(status) && capturedBy(status) >= 1);
  await stage.until('a', 'its Redis is the same', isSettled);
  await stage.application('a', "await a.hgetall('cart:1')", async (redis) =>
    JSON.stringify(await redis.hgetall('cart:1')),
  );
  await stage.mneme(['entry', 'inspect', 'cart:1', '--node', stage.addressOf('a')]);
}

async function writeApart(stage: DemoStage): Promise<void> {
  stage.say('The network between the sites is cut, and both change the same cart.');
  await stage.mneme(['drill', 'partition', 'b', '--node', stage.addressOf('a')]);
  for (const node of ['a', 'b'] as const) await stage.until(node, 'it counts the other as down', isApart);
  await stage.application('a', "await a.hset('cart:1', 'book', '3')", async (redis) => {
    await redis.set('session:1', 'ann, at a');
    return String(await redis.hset('cart:1', 'book', '3'));
  });
  await stage.until('a', 'its node has captured it', (status) => isCaptured(status, 3));
  await stage.application('b', "await b.del('cart:1')", async (redis) => String(await redis.del('cart:1')));
  await stage.until('b', 'its node has captured it', (status) => isCaptured(status, 2));
}

async function healAndMerge(stage: DemoStage): Promise<void> {
  stage.say(
    'The network comes back. The sites are held apart until it is decided: here by a merge, the last write stands.',
  );
  await stage.mneme(['drill', 'heal', '--node', stage.addressOf('a')]);
  await stage.until('a', 'the split-brain is found', (status) => status.incidents.length === 1);
  await stage.mneme(['split-brain', 'plan', '--node', stage.addressOf('a')]);
  await stage.mneme(['split-brain', 'merge', '--yes', '--node', stage.addressOf('a')]);
  await stage.until('a', 'all are in sync', isSettled);
  await stage.application('a', "await a.exists('cart:1')", async (redis) => String(await redis.exists('cart:1')));
  stage.say('The delete was the later write. What it overrode was set aside, and comes back.');
  await stage.mneme(['split-brain', 'undo', 'latest', '--key', 'cart:1', '--yes', '--node', stage.addressOf('a')]);
  for (const node of ['a', 'b'] as const) await stage.until(node, 'all are in sync', isSettled);
  await stage.application('b', "await b.hgetall('cart:1')", async (redis) =>
    JSON.stringify(await redis.hgetall('cart:1')),
  );
}

async function loseData(stage: DemoStage): Promise<void> {
  stage.say('The Redis of b is restarted, and comes back empty. That is not taken for a delete of everything.');
  await stage.restartRedis('b');
  await stage.until('b', 'it sees the loss', (status) => status.self.engine?.state === 'held');
  await stage.mneme(['cluster', 'status', '--node', stage.addressOf('b')], 3);
  await stage.mneme(['engine', 'restore', '--yes', '--node', stage.addressOf('b')]);
  await stage.until('b', 'all is back', isSettled);
  await stage.application('b', "await b.get('session:1')", async (redis) => String(await redis.get('session:1')));
  await stage.mneme(['engine', 'status', '--node', stage.addressOf('b')]);
}

function isSettled({ self, members, incidents }: StatusReply): boolean {
  const { engine } = self;
  if (engine == null || engine.state !== 'attached' || engine.toRead + engine.toWrite > 0) return false;
  return (
    incidents.length === 0 &&
    members.every((one) => one.link === 'self' || (one.link === 'in-sync' && one.lagWrites === 0))
  );
}

function isApart(status: StatusReply): boolean {
  return status.members.some((one) => one.link === 'down');
}

function capturedBy({ self }: StatusReply): number {
  return self.engine?.counters.captured ?? 0;
}

function isCaptured(status: StatusReply, writes: number): boolean {
  return status.self.engine?.toRead === 0 && capturedBy(status) >= writes;
}
