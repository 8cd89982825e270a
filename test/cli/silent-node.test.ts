import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answeringNode, setAnswerTimeout } from '../../src/admin/client/patience.js';
import { FakeNode } from './fake-node.js';
import { member, status } from './fixtures.js';
import { ROOT, runCommand } from './run-command.js';

/** A port that takes connections and never answers, as a frozen node does, or a program that is no node. */
let server: Server;
let silent = '';
const sockets = new Set<Socket>();
beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket.on('error', () => socket.destroy()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  silent = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

const TOPICS = ['cluster', 'drill', 'engine', 'entry', 'replica', 'split-brain'];
const COMMANDS = TOPICS.flatMap((topic) =>
  readdirSync(join(ROOT, 'src/commands', topic)).map((file) => `${topic}/${file.replace(/\.ts$/, '')}`),
).filter((name) => !['cluster/start', 'cluster/join', 'cluster/secret', 'cluster/wait'].includes(name));

const ARGUMENTS: Record<string, string[]> = {
  'cluster/forget': ['b', '--yes'],
  'cluster/leave': ['--yes'],
  'drill/cut': ['a', 'b'],
  'drill/partition': ['b'],
  'engine/restore': ['--yes'],
  'engine/confirm-loss': ['--yes'],
  'entry/delete': ['k'],
  'entry/get': ['k'],
  'entry/import': [join(ROOT, 'package.json')],
  'entry/inspect': ['k'],
  'entry/set': ['k', 'v'],
  'replica/compare': ['a', 'b'],
  'split-brain/merge': ['--yes'],
  'split-brain/promote': ['b', '--yes'],
  'split-brain/show': ['latest'],
  'split-brain/undo': ['latest', '--yes'],
};

describe('a port that accepts and never answers', () => {
  test('is waited for by cluster wait, which ends with exit code 8 and says why', async () => {
    const { default: wait } = await import('../../src/commands/cluster/wait.js');
    const argv = ['--for', 'in-sync', '--node', silent, '--timeout', '300ms'];
    const { exitCode, stderr } = await runCommand(wait, argv);
    expect(exitCode).toBe(8);
    expect(stderr.replaceAll(/\s+/g, ' ')).toMatch(
      /the node has not answered yet next: mneme cluster status --node 127/,
    );
  });

  test('that answers LOADING is waited for too', async () => {
    const node = await FakeNode.start({
      STATUS: () => {
        throw new Error('LOADING this node is looking whether a cluster knows it already');
      },
    });
    const { default: wait } = await import('../../src/commands/cluster/wait.js');
    const { exitCode, stderr } = await runCommand(wait, [
      '--for',
      'serving',
      '--node',
      node.address,
      '--timeout',
      '300ms',
    ]);
    expect(exitCode).toBe(8);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('answered: LOADING this node is looking');
    await node.stop();
  });

  test('is not taken for the node that was asked, where it is a member that this one names', async () => {
    const node = await FakeNode.start({
      STATUS: () => ({ ...status('a', { b: 'down' }), members: [{ ...member('b', 'down'), address: silent }] }),
    });
    const { default: wait } = await import('../../src/commands/cluster/wait.js');
    const { exitCode, stderr } = await runCommand(wait, [
      '--for',
      'in-sync',
      '--node',
      node.address,
      '--timeout',
      '300ms',
    ]);
    expect(exitCode).toBe(8);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('within 0.3 s: a answers, but not yet all other members');
    await node.stop();
  });

  test.each(COMMANDS)('ends %s with exit code 4 within the time limit, naming the address', async (name) => {
    const { default: command } = await import(`../../src/commands/${name}.js`);
    const terminal = name === 'split-brain/resolve' ? {} : undefined;
    const argv = [...(ARGUMENTS[name] ?? []), '--node', silent, '--timeout', '200ms'];
    const { exitCode, stderr } = await runCommand(command, argv, terminal);
    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 4,
      stderr: expect.stringContaining(`no node answers at ${silent} (no answer within 0.2 s)`),
    });
  });
});

describe('of several addresses', () => {
  test('the first that answers is asked, and silent ones are passed over', async () => {
    const node = await FakeNode.start({ STATUS: () => status('a', {}) });
    const { default: Status } = await import('../../src/commands/cluster/status.js');
    const nodes = `127.0.0.1:1,${silent},${node.address}`;
    const outcome = await runCommand(Status, ['--node', nodes, '--timeout', '200ms', '--json']);
    expect(outcome.json.asked.name).toBe('a');
    await node.stop();
  });

  test('all are named where none answers, and one that is no address before any is asked', async () => {
    setAnswerTimeout(100);
    const error = { code: 'not-reachable', message: expect.stringMatching(/:1 \(connection refused\); .*no answer/) };
    await expect(answeringNode(`127.0.0.1:1,${silent}`)).rejects.toMatchObject(error);
    await expect(answeringNode(`${silent},no address`)).rejects.toMatchObject({ code: 'usage' });
  });
});

test('a limit of nothing, or one that is no duration, is refused with exit code 2', async () => {
  const { default: Status } = await import('../../src/commands/cluster/status.js');
  for (const text of ['0s', 'soon']) {
    const { exitCode, stderr } = await runCommand(Status, ['--timeout', text]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(text) });
  }
});
