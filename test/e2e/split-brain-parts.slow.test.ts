import { describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { done, inOneCluster, set } from './operator.js';
import { NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const flags = ['--memory-only', '--failure-timeout', '500ms', '--allow-drills'];
const [a, b] = [new NodeProcess('a', '', [...flags, '--on-heal', 'manual']), new NodeProcess('b', '', flags)];

inOneCluster(directory, a, b);

/** What Redis clients do on a node, one after the other. */
async function on(node: NodeProcess, ...commands: [string, ...string[]][]): Promise<unknown> {
  const [host, port] = node.address.split(':') as [string, string];
  const client = new Redis({ host, port: Number(port) });
  try {
    let last: unknown;
    for (const [command, ...words] of commands) last = await client.call(command, ...words);
    return last;
  } finally {
    client.disconnect();
  }
}

describe('a drill with hashes, scores and counters', () => {
  test('shows the parts by their names, merges them, and gives back what was set aside', async () => {
    await on(
      a,
      ['HSET', 'cart', 'milk', '1', 'eggs', '6'],
      ['HSET', 'old', 'x', '1', 'y', '2'],
      ['ZADD', 'board', '1', 'ann'],
      ['INCRBY', 'visits', '5'],
    );
    await untilInSync(a, b);
    await done('drill', 'cut', 'a', 'b', '--node', a.address);
    for (const node of [a, b])
      await until('both notice', async () => (await statusOf(node.address)).members.some((one) => one.link === 'down'));
    await on(
      a,
      ['HSET', 'cart', 'milk', '2'],
      ['ZADD', 'board', '7.5', 'ann'],
      ['INCRBY', 'visits', '1'],
      ['DEL', 'old'],
    );
    await on(b, ['HSET', 'cart', 'eggs', '12', 'milk', '3'], ['ZADD', 'board', '9', 'ann'], ['INCRBY', 'visits', '10']);
    await on(b, ['HSET', 'old', 'x', '3']);
    await set(a, 'k', 'a');
    await done('drill', 'heal', '--node', a.address);
    await until('the split-brain is found', async () => (await statusOf(a.address)).incidents.length === 1);

    const shown = await done('split-brain', 'plan', '--node', a.address);
    for (const text of ['cart › milk', 'board › ann', '7.5', 'old', 'merged part by part'])
      expect(shown).toContain(text);
    expect(shown).not.toMatch(/\\u|0x/);

    await done('split-brain', 'merge', '--yes', '--node', a.address);
    await untilInSync(a, b);
    for (const node of [a, b]) {
      expect(await on(node, ['HGET', 'cart', 'milk'])).toBe('3');
      expect(await on(node, ['HGET', 'cart', 'eggs'])).toBe('12');
      expect(await on(node, ['ZSCORE', 'board', 'ann'])).toBe('9');
      expect(await on(node, ['GET', 'visits'])).toBe('16');
      expect(await on(node, ['HGET', 'old', 'y'])).toBe('2');
    }
    const aside = await done('split-brain', 'show', 'latest', '--node', b.address);
    for (const text of ['cart › milk', 'board › ann', '7.5', 'old']) expect(aside).toContain(text);
    expect(aside).toMatch(/old +a +deleted +hash of 2 fields/);
    await on(a, ['HDEL', 'old', 'x', 'y']);
    await on(a, ['SET', 'old', 'text']);
    expect(await done('split-brain', 'undo', 'latest', '--key', 'old', '--dry-run', '--node', a.address)).toMatch(
      /old +\w+ +text /,
    );
    await on(a, ['DEL', 'old']);
    await on(a, ['HSET', 'old', 'x', '1']);
    expect(await done('split-brain', 'undo', 'latest', '--key', 'old', '--dry-run', '--node', a.address)).toMatch(
      /old +\w+ +hash of 1 field /,
    );
    expect(await done('entry', 'inspect', 'cart', '--node', a.address)).toContain('› milk');
    await done('split-brain', 'undo', 'latest', '--key', 'board', '--yes', '--node', b.address);
    await until('the score is back', async () => (await on(a, ['ZSCORE', 'board', 'ann'])) === '7.5');
  }, 120_000);
});
