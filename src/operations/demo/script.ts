import type { StatusReply } from '../../admin/protocol/api.js';
import type { DemoStage, NodeName } from './demo.js';

/** The story that `mneme demo` tells, a step after the other. */
export const DEMO_STEPS: readonly ((stage: DemoStage) => Promise<void>)[] = [
  startThreeNodes,
  writeAndRead,
  cutApart,
  writeOnBothSides,
  heal,
  merge,
  secondRound,
  promoteAndUndo,
];

async function startThreeNodes(stage: DemoStage): Promise<void> {
  stage.say('Three nodes form a cluster. Each holds a full copy, and takes reads and writes.');
  const rest = (node: NodeName): string[] => [
    '--name',
    node,
    '--listen',
    stage.addressOf(node),
    '--dir',
    stage.dirOf(node),
    '--allow-drills',
    '--detach',
  ];
  await stage.mneme(['cluster', 'start', ...rest('a'), '--new', '--failure-timeout', '1s', '--on-heal', 'manual']);
  await stage.mneme(['cluster', 'join', stage.addressOf('a'), ...rest('b')]);
  await stage.mneme(['cluster', 'join', stage.addressOf('a'), ...rest('c')]);
  await stage.mneme(['cluster', 'status', '--node', stage.addressOf('a')]);
}

async function writeAndRead(stage: DemoStage): Promise<void> {
  stage.say('An application writes on one node and reads on another, with ioredis or any other Redis client.');
  await stage.application('a', "await a.set('session:1', 'ann'); await a.set('session:2', 'bob')", async (redis) => {
    await redis.set('session:1', 'ann');
    await redis.set('session:2', 'bob');
    return 'OK';
  });
  await stage.until('a', 'b and c have it', isInSync);
  await stage.application('c', "await c.get('session:1')", async (redis) => String(await redis.get('session:1')));
}

async function cutApart(stage: DemoStage): Promise<void> {
  stage.say('The network between c and the others is cut. Nobody stops working.');
  await stage.mneme(['drill', 'partition', 'c', '--node', stage.addressOf('a')]);
  await everybodyKnows(stage);
  await stage.mneme(['cluster', 'status', '--node', stage.addressOf('a')], 3);
}

async function writeOnBothSides(stage: DemoStage): Promise<void> {
  stage.say(
    'Both islands take writes: session:1 changes on both, session:2 changes on one and is deleted on the other.',
  );
  await stage.application('a', "await a.set('session:1', 'ann, cart: 1 book')", async (redis) => {
    await redis.set('session:2', 'bob, still here');
    return String(await redis.set('session:1', 'ann, cart: 1 book'));
  });
  await stage.application(
    'c',
    "await c.set('session:1', 'ann, logged out'); await c.del('session:2')",
    async (redis) => {
      await redis.set('session:1', 'ann, logged out');
      await redis.del('session:2');
      return String(await redis.set('session:3', 'cid'));
    },
  );
}

async function heal(stage: DemoStage): Promise<void> {
  stage.say(
    'The network comes back. Nothing is overwritten: the islands are held apart, and the split-brain is reported.',
  );
  await stage.mneme(['drill', 'heal', '--node', stage.addressOf('a')]);
  await stage.until('a', 'the split-brain is found', (status) => status.incidents.length === 1);
  await stage.mneme(['split-brain', 'status', '--node', stage.addressOf('a')], 3);
  stage.say('What would a merge do? Key by key, before anything is done:');
  await stage.mneme(['split-brain', 'plan', '--node', stage.addressOf('a')]);
}

async function merge(stage: DemoStage): Promise<void> {
  stage.say('Merge: for each key the last write wins, deletes included. What it overrides is set aside.');
  await stage.mneme(['split-brain', 'merge', '--yes', '--node', stage.addressOf('a')]);
  await stage.until('a', 'all are in sync', isInSync);
  await stage.mneme(['entry', 'inspect', 'session:1', '--node', stage.addressOf('b')]);
  await stage.mneme(['replica', 'verify', '--node', stage.addressOf('a')]);
}

async function secondRound(stage: DemoStage): Promise<void> {
  stage.say('A second split-brain. This time a deploy on c has written nonsense.');
  await stage.mneme(['drill', 'partition', 'c', '--node', stage.addressOf('a')]);
  await everybodyKnows(stage);
  await stage.application('a', "await a.set('session:4', 'dan')", async (redis) =>
    String(await redis.set('session:4', 'dan')),
  );
  await stage.application('c', "await c.set('session:1', 'nonsense'); await c.del('session:3')", async (redis) => {
    await redis.del('session:3');
    return String(await redis.set('session:1', 'nonsense'));
  });
  await stage.mneme(['drill', 'heal', '--node', stage.addressOf('a')]);
  await stage.until('a', 'the split-brain is found', (status) => status.incidents.length === 1);
}

async function promoteAndUndo(stage: DemoStage): Promise<void> {
  stage.say('Promote a: its data stands, what c wrote since the separation is set aside.');
  await stage.mneme(['split-brain', 'promote', 'a', '--yes', '--node', stage.addressOf('a')]);
  await stage.until('a', 'all are in sync', isInSync);
  await stage.mneme(['split-brain', 'show', 'latest', '--node', stage.addressOf('b')]);
  stage.say(
    'The delete of session:3 was right after all. It is taken over from what was set aside; the nonsense is not.',
  );
  await stage.mneme(['split-brain', 'undo', 'latest', '--key', 'session:3', '--yes', '--node', stage.addressOf('a')]);
  await stage.mneme(['entry', 'inspect', 'session:3', '--node', stage.addressOf('a')]);
  await stage.mneme(['split-brain', 'history', '--node', stage.addressOf('a')]);
  await stage.mneme(['cluster', 'status', '--node', stage.addressOf('a')]);
}

/** The failure timeout has passed on every node: what is written from here on is written apart. */
async function everybodyKnows(stage: DemoStage): Promise<void> {
  const downOf = (status: StatusReply): string[] =>
    status.members.filter((one) => one.link === 'down').map((one) => one.name);
  await stage.until('a', 'a declares c down', (status) => downOf(status).join() === 'c');
  await stage.until('b', 'b declares c down', (status) => downOf(status).join() === 'c');
  await stage.until('c', 'c declares a and b down', (status) => downOf(status).join() === 'a,b');
}

function isInSync(status: StatusReply): boolean {
  if (status.incidents.length > 0) return false;
  return status.members.every((one) => one.link === 'self' || (one.link === 'in-sync' && one.lagWrites === 0));
}
