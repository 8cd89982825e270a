import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StatusReply } from '../../src/admin/protocol/api.js';
import ClusterStatus from '../../src/commands/cluster/status.js';
import Events from '../../src/commands/events.js';
import { OperatorError } from '../../src/core/model/errors.js';
import { FakeNode } from './fake-node.js';
import { runCommand } from './run-command.js';

/** A node of an earlier version, as far as this program can tell: it says which, and less than is read of it. */
let old: FakeNode;
let later: FakeNode;
beforeAll(async () => {
  const none = () => {
    throw new OperatorError('usage', 'There is no admin verb "EVENTS". Verbs are: STATUS.');
  };
  const status = { self: { name: 'a', version: '0.0.9' } } as unknown as StatusReply;
  old = await FakeNode.start({ STATUS: () => status, EVENTS: none });
  const other = { self: { name: 'a', version: '99.0.0', mood: 'fine' }, tribes: [] } as unknown as StatusReply;
  later = await FakeNode.start({ STATUS: () => other, EVENTS: none });
});
afterAll(() => Promise.all([old.stop(), later.stop()]));

test.each([
  ['what it answers is not what is read', ClusterStatus],
  ['it has not heard of what it is asked', Events],
])('a node of another version is no bug: %s', async (_name, command) => {
  const { exitCode, stderr } = await runCommand(command, ['--node', old.address]);
  const text = stderr.replace(/\s+/g, ' ');
  expect([exitCode, text]).toEqual([6, expect.stringMatching(/runs mneme 0\.0\.9, this program is \d+\.\d+\.\d+/)]);
  expect(text).not.toMatch(/bug/);
});

test.each([ClusterStatus, Events])(
  'a node too new for this program is refused with both versions, and which to use',
  async (command) => {
    const { exitCode, stderr } = await runCommand(command, ['--node', later.address]);
    const text = stderr.replace(/\s+/g, ' ');
    expect([exitCode, text]).toEqual([
      6,
      expect.stringMatching(/runs mneme 99\.0\.0, this program is .*Use mneme 99\.0\.0/),
    ]);
  },
);
