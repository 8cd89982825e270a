import { writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Of } from '../../src/cli/shapes/shape.js';
import type * as shapes from '../../src/cli/shapes/split-brain.js';
import { done, get, inOneCluster, set } from './operator.js';
import { mneme, mnemeJson, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const flags = ['--failure-timeout', '500ms', '--allow-drills'];
const [a, b, c] = ['a', 'b', 'c'].map((name) => new NodeProcess(name, `${directory.path}/${name}`, flags)) as [
  NodeProcess,
  NodeProcess,
  NodeProcess,
];

inOneCluster(directory, a, b, c);

async function setting(key: string, value: string): Promise<void> {
  await done('cluster', 'settings', key, value, '--node', a.address);
  for (const node of [a, b, c]) {
    await until(
      `${key} is ${value}`,
      async () => String((await statusOf(node.address)).settings[key as 'on-heal']) === value,
    );
  }
}

/** Cut c from the others, and let all notice. */
async function cut(): Promise<void> {
  await done('drill', 'partition', 'c', '--node', a.address);
  for (const node of [a, b, c]) {
    const others = node === c ? 2 : 1;
    await until(
      'all notice',
      async () => (await statusOf(node.address)).members.filter((one) => one.link === 'down').length === others,
    );
  }
}

async function healAndFind(): Promise<void> {
  await done('drill', 'heal', '--node', a.address);
  await until('the split-brain is found', async () => (await statusOf(a.address)).incidents.length === 1);
}

async function latest(): Promise<Of<typeof shapes.history>['incidents'][number]> {
  const { incidents } = await mnemeJson<Of<typeof shapes.history>>(['split-brain', 'history', '--node', b.address]);
  return incidents[0]!;
}

describe('what a cluster does by itself when the network comes back', () => {
  test('on-heal merge (the default) keeps the last write and sets the other aside, without an operator', async () => {
    await cut();
    await set(a, 'k', 'first');
    await set(c, 'k', 'last');
    await done('drill', 'heal', '--node', a.address);
    await until('the last write is everywhere', async () => (await get(b, 'k')) === 'last');
    await untilInSync(a, b, c);
    expect(await latest()).toMatchObject({ state: 'resolved', by: 'on-heal', strategy: 'merge lww', setAside: 1 });
  }, 60_000);

  test('on-heal promote-largest lets the larger island stand', async () => {
    await setting('on-heal', 'promote-largest');
    await cut();
    await set(a, 'k', 'of two');
    await set(c, 'k', 'of one');
    await done('drill', 'heal', '--node', a.address);
    await until('the larger island stands', async () => (await get(c, 'k')) === 'of two');
    await untilInSync(a, b, c);
    expect(await latest()).toMatchObject({
      state: 'resolved',
      by: 'on-heal',
      strategy: expect.stringMatching(/^promote [ab]$/),
    });
  }, 60_000);

  test('if one side wrote nothing it catches up, and there is no incident', async () => {
    const before = (await latest()).id;
    await cut();
    await set(a, 'k', 'alone');
    await done('drill', 'heal', '--node', a.address);
    await until('c has it', async () => (await get(c, 'k')) === 'alone');
    await untilInSync(a, b, c);
    expect((await latest()).id).toBe(before);
  }, 60_000);
});

describe('what an operator decides', () => {
  test('a policy module of the operator decides conflicts, and the rest is the last write', async () => {
    const module = `${directory.path}/longest.mjs`;
    writeFileSync(
      module,
      `export default ({ versions }) =>
        versions.reduce((best, one) => (one.valueBytes > best.valueBytes ? one : best)).island;\n`,
    );
    await setting('on-heal', 'manual');
    await cut();
    await set(a, 'k', 'a long value that was written first');
    await set(c, 'k', 'short');
    await set(c, 'only-c', '1');
    await healAndFind();
    await done('split-brain', 'merge', '--policy', module, '--yes', '--node', a.address);
    await until(
      'the longer value is everywhere',
      async () => (await get(c, 'k')) === 'a long value that was written first',
    );
    await until('what only c wrote is everywhere', async () => (await get(b, 'only-c')) === '1');
    await untilInSync(a, b, c);
  }, 60_000);

  test('prefer:<node> lets that island stand where both wrote', async () => {
    await cut();
    await set(c, 'k', 'preferred');
    await set(a, 'k', 'last');
    await healAndFind();
    await done('split-brain', 'merge', '--policy', 'prefer:c', '--yes', '--node', a.address);
    await until('the preferred value is everywhere', async () => (await get(b, 'k')) === 'preferred');
    await untilInSync(a, b, c);
  }, 60_000);

  test('a held split-brain outlives a kill of a node, which is still held apart when it is back', async () => {
    await cut();
    await set(a, 'k', 'left');
    await set(c, 'k', 'right');
    await healAndFind();
    await c.kill();
    await c.start();
    await until('c is held apart again', async () =>
      (await statusOf(a.address)).members.some((one) => one.link === 'held'),
    );
    expect(await get(a, 'k')).toBe('left');
    expect(await get(c, 'k')).toBe('right');
    await done('split-brain', 'promote', 'a', '--yes', '--node', b.address);
    await until('the promoted value is everywhere', async () => (await get(c, 'k')) === 'left');
    await untilInSync(a, b, c);
  }, 60_000);

  test('partition-mode majority refuses writes where no more than half is seen, and nothing diverges', async () => {
    await setting('partition-mode', 'majority');
    await cut();
    const refused = await mneme(['entry', 'set', 'k', 'minority', '--node', c.address]);
    expect(refused.code).toBe(6);
    expect(refused.stderr).toContain('NOQUORUM');
    expect((await mneme(['cluster', 'status', '--node', c.address])).code).toBe(3);
    await set(a, 'k', 'majority');
    await done('drill', 'heal', '--node', a.address);
    await until('c catches up', async () => (await get(c, 'k')) === 'majority');
    await untilInSync(a, b, c);
  }, 60_000);
});
