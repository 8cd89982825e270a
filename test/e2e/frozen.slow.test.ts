import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

/** Three members, one of which is stopped in its tracks: its port still takes connections, and nothing answers. */
const home = temporaryDirectory();
const names = ['a', 'b', 'c'] as const;
const [a, b, c] = names.map((name) => new NodeProcess(name, join(home.path, name), ['--allow-drills'])) as [
  NodeProcess,
  NodeProcess,
  NodeProcess,
];

beforeAll(async () => {
  await a.start();
  await b.start(a.address);
  await c.start(a.address);
  await untilInSync(a, b, c);
  await mneme(['entry', 'set', 'k', 'v', '--node', a.address]);
  await untilInSync(a, b, c);
  await mneme(['drill', 'cut', 'a', 'b', '--node', a.address]);
  process.kill(c.pid, 'SIGSTOP');
}, 60_000);

afterAll(async () => {
  process.kill(c.pid, 'SIGCONT');
  await Promise.all([a, b, c].map((node) => node.kill()));
  home.remove();
});

const ask = (...args: string[]) => mneme([...args, '--node', a.address, '--timeout', '500ms']);

describe('a frozen member', () => {
  test.each([
    ['replica verify', 3, /^Not verified: no answer from c/],
    ['replica list', 0, /^Same data on 2 replicas that answer[\s\S]*no answer from c/],
    ['entry inspect k', 0, /All 2 that answer hold this version\. No answer from c\./],
    ['drill status', 0, /^A DRILL IS ON[\s\S]*no answer from c/],
    ['cluster status', 3, /c /],
    ['replica compare a b', 0, /same/i],
  ])('is named by %s, which goes on with the others', async (command, code, text) => {
    const outcome = await ask(...command.split(' '));
    expect({ ...outcome, code: outcome.code }).toMatchObject({ code, stdout: expect.stringMatching(text) });
  });

  test.each(['replica compare a c', 'replica inspect c'])('is named by %s, with exit code 4', async (command) => {
    const { code, stderr } = await ask(...command.split(' '));
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('error: c: no node answers at'),
    });
  });

  test('does not keep drill heal from the others: they are healed, and exit code 3 says that one was not', async () => {
    const { code, stdout } = await ask('drill', 'heal');
    expect({ code, stdout }).toMatchObject({ code: 3, stdout: expect.stringContaining('no answer from c') });
    await until('a and b are whole again', async () => {
      const { members } = await statusOf(a.address);
      return members.every(({ name, drillCut }) => name === 'c' || !drillCut);
    });
  });
});
