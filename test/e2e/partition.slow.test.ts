import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { StatusReply } from '../../src/admin/protocol/api.js';
import type { entryInspect } from '../../src/cli/shapes/entry.js';
import type { Of } from '../../src/cli/shapes/shape.js';
import type * as shapes from '../../src/cli/shapes/split-brain.js';
import { inside, run, tryTo, whyNoHosts } from './hosts.js';
import { mneme, mnemeJson, NodeProcess, temporaryDirectory, until } from './processes.js';

const LEFT = `mneme-l-${process.pid}`;
const RIGHT = `mneme-r-${process.pid}`;
const LEFT_IP = '10.231.77.1';
const RIGHT_IP = '10.231.77.2';

const reason = whyNoHosts();
if (reason !== null) process.stderr.write(`left out: a cut by the kernel's packet filter (${reason})\n`);
const describeWhereAllowed = reason === null ? describe : describe.skip;

describeWhereAllowed('two hosts cut apart by the packet filter of the kernel', () => {
  const directory = temporaryDirectory();
  const flags = ['--failure-timeout', '1s', '--on-heal', 'manual'];
  const a = new NodeProcess('a', `${directory.path}/a`, flags, inside(LEFT));
  const b = new NodeProcess('b', `${directory.path}/b`, [], inside(LEFT));
  const c = new NodeProcess('c', `${directory.path}/c`, [], inside(RIGHT));

  beforeAll(async () => {
    makeHosts();
    await a.start(null, `${LEFT_IP}:7379`);
    await b.start(a.address, `${LEFT_IP}:7380`);
    await c.start(a.address, `${RIGHT_IP}:7379`);
    await until('all are in sync', async () =>
      (await statusAt(LEFT, a)).members.every((one) => ['self', 'in-sync'].includes(one.link)),
    );
  }, 60_000);

  afterAll(async () => {
    await Promise.all([a, b, c].map((node) => node.kill()));
    tryTo('ip', 'netns', 'del', LEFT);
    tryTo('ip', 'netns', 'del', RIGHT);
    directory.remove();
  });

  test('the cut is detected on both sides, and both go on serving', async () => {
    await set(LEFT, a, 'session', 'before');
    await until('the write is everywhere', async () => (await valueAt(RIGHT, c, 'session')) === 'before');
    cut();
    await untilLinks(LEFT, a, { b: 'in-sync', c: 'down' });
    await untilLinks(LEFT, b, { a: 'in-sync', c: 'down' });
    await untilLinks(RIGHT, c, { a: 'down', b: 'down' });
    await set(LEFT, a, 'session', 'left');
    await set(RIGHT, c, 'session', 'right');
    await set(LEFT, b, 'only-left', '1');
    expect(await valueAt(RIGHT, c, 'session')).toBe('right');
  }, 60_000);

  test('after the heal the islands are held apart until a merge, which keeps the last write and sets the other aside', async () => {
    heal();
    await until('the split-brain is found', async () => (await statusAt(RIGHT, c)).incidents.length === 1);
    await untilLinks(LEFT, a, { b: 'in-sync', c: 'held' });
    expect(await valueAt(LEFT, a, 'session')).toBe('left');
    const status = await mneme(['split-brain', 'status', '--node', a.address], inside(LEFT));
    expect(status.code).toBe(3);
    const merged = await mneme(['split-brain', 'merge', '--yes', '--node', a.address], inside(LEFT));
    expect(merged).toMatchObject({ code: 0 });
    await until('all have the last write', async () => (await valueAt(LEFT, b, 'session')) === 'right');
    await until('all have what the left wrote', async () => (await valueAt(RIGHT, c, 'only-left')) === '1');
    const entry = await mnemeJson<Of<typeof entryInspect>>(
      ['entry', 'inspect', 'session', '--node', c.address],
      inside(RIGHT),
    );
    expect(entry.setAside.map(({ overridden }) => overridden.preview)).toEqual(['left']);
    expect(await mneme(['replica', 'verify', '--node', c.address], inside(RIGHT))).toMatchObject({ code: 0 });
  }, 60_000);

  test('in a second cut a promotion makes one side stand, and its undo brings the other back', async () => {
    cut();
    await untilLinks(RIGHT, c, { a: 'down', b: 'down' });
    await untilLinks(LEFT, a, { b: 'in-sync', c: 'down' });
    await untilLinks(LEFT, b, { a: 'in-sync', c: 'down' });
    await set(LEFT, a, 'session', 'left again');
    await set(RIGHT, c, 'session', 'right again');
    heal();
    await until('the split-brain is found', async () => (await statusAt(LEFT, a)).incidents.length === 1);
    expect(await mneme(['split-brain', 'promote', 'a', '--yes', '--node', a.address], inside(LEFT))).toMatchObject({
      code: 0,
    });
    await until('the promoted value is everywhere', async () => (await valueAt(RIGHT, c, 'session')) === 'left again');
    const { incidents } = await mnemeJson<Of<typeof shapes.history>>(
      ['split-brain', 'history', '--node', a.address],
      inside(LEFT),
    );
    expect(incidents[0]).toMatchObject({ state: 'resolved', strategy: 'promote a', setAside: 1 });
    expect(await mneme(['split-brain', 'undo', 'latest', '--yes', '--node', a.address], inside(LEFT))).toMatchObject({
      code: 0,
    });
    await until('the undone value is everywhere', async () => (await valueAt(RIGHT, c, 'session')) === 'right again');
  }, 60_000);
});

// ---

function makeHosts(): void {
  run('ip', 'netns', 'add', LEFT);
  run('ip', 'netns', 'add', RIGHT);
  run('ip', '-n', LEFT, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', RIGHT);
  for (const [namespace, ip] of [
    [LEFT, LEFT_IP],
    [RIGHT, RIGHT_IP],
  ] as const) {
    run('ip', '-n', namespace, 'addr', 'add', `${ip}/24`, 'dev', 'wire');
    run('ip', '-n', namespace, 'link', 'set', 'wire', 'up');
    run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
  }
}

/** Packets between the hosts vanish, as with a broken switch: no connection is reset. */
function cut(): void {
  run(
    ...inside(RIGHT),
    'nft',
    'add table inet cut; add chain inet cut in { type filter hook input priority 0; }; add rule inet cut in iifname "wire" drop; add chain inet cut out { type filter hook output priority 0; }; add rule inet cut out oifname "wire" drop',
  );
}

function heal(): void {
  run(...inside(RIGHT), 'nft', 'delete', 'table', 'inet', 'cut');
}

async function untilLinks(namespace: string, node: NodeProcess, links: Record<string, string>): Promise<void> {
  await until(`${node.name} sees ${JSON.stringify(links)}`, async () => {
    const { members } = await statusAt(namespace, node);
    return members.every((one) => one.link === 'self' || one.link === links[one.name]);
  });
}

/** The node's own view, asked from its own host. */
async function statusAt(namespace: string, node: NodeProcess): Promise<StatusReply> {
  return askInside<StatusReply>(namespace, node, ['MNEME', 'STATUS', '{}'], JSON.parse);
}

async function set(namespace: string, node: NodeProcess, key: string, value: string): Promise<void> {
  await askInside(namespace, node, ['SET', key, value], String);
}

async function valueAt(namespace: string, node: NodeProcess, key: string): Promise<string> {
  return askInside(namespace, node, ['GET', key], String);
}

/** One Redis command from inside a host, by a few lines of Node.js. */
async function askInside<T>(
  namespace: string,
  node: NodeProcess,
  command: string[],
  read: (text: string) => T,
): Promise<T> {
  const [host = '', port = ''] = node.address.split(':');
  const script = `import('ioredis').then(async ({ Redis }) => {
    const redis = new Redis({ host: '${host}', port: ${port}, protocol: 2 });
    process.stdout.write(String(await redis.call(...${JSON.stringify(command)})));
    redis.disconnect();
  })`;
  const [run = '', ...rest] = [...inside(namespace), process.execPath, '-e', script];
  return read(execFileSync(run, rest, { encoding: 'utf8' }));
}
