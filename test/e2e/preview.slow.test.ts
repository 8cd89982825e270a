import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Of } from '../../src/cli/shapes/shape.js';
import type * as shapes from '../../src/cli/shapes/split-brain.js';
import { mneme, mnemeJson, NodeProcess, statusOf, until, untilInSync } from './processes.js';

const flags = ['--memory-only', '--failure-timeout', '500ms', '--allow-drills'];
const a = new NodeProcess('a', '', [...flags, '--on-heal', 'manual']);
const [b, c] = [new NodeProcess('b', '', flags), new NodeProcess('c', '', flags)];
const at = (node: NodeProcess) => ['--node', node.address];

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await mneme(args);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr });
  return stdout;
}

const set = (node: NodeProcess, key: string, value: string) => done('entry', 'set', key, value, ...at(node));
const rowsOf = ({ conflicts }: Of<typeof shapes.plan>) =>
  conflicts.map(({ key, stands, kind, versions }) => [key, stands, kind, versions.map(({ entry }) => entry?.preview)]);

beforeAll(async () => {
  await a.start();
  await b.start(a.address);
  await c.start(a.address);
  await untilInSync(a, b, c);
  for (const key of ['both', 'touched', 'gone', 'kept']) await set(a, key, 'before');
  await untilInSync(a, b, c);
  await done('drill', 'partition', 'c', ...at(a));
  for (const node of [a, b, c])
    await until('all notice', async () => (await statusOf(node.address)).members.some(({ link }) => link === 'down'));
  await set(a, 'both', 'of a');
  await set(c, 'both', 'of c');
  await set(c, 'touched', 'of c first');
  await set(b, 'touched', 'of b');
  await done('entry', 'delete', 'gone', '--yes', ...at(c)).catch(() => done('entry', 'delete', 'gone', ...at(c)));
  await set(a, 'gone', 'of a, later');
  await set(a, 'only-a', 'x');
}, 120_000);

afterAll(async () => {
  await Promise.all([a, b, c].map((node) => node.kill()));
});

test('while the network is cut, status tells what each island changed, and how much both did', async () => {
  const status = await mnemeJson<Of<typeof shapes.splitBrainStatus>>(['split-brain', 'status', ...at(b)]);
  expect(status.changes).toMatchObject({
    islands: [
      { island: 1, members: [{ name: 'a' }, { name: 'b' }], keys: 4, isMore: false },
      { island: 2, members: [{ name: 'c' }], keys: 3, isMore: false },
    ],
    both: 3,
  });
  for (const { lastWriteMs } of status.changes!.islands)
    expect(Math.abs(lastWriteMs! - status.nowMs)).toBeLessThan(60_000);
}, 120_000);

test('a plan is put together from both islands, marked as preliminary, and is what the merge decides once it is whole', async () => {
  const { stdout } = await mneme(['split-brain', 'plan', ...at(a)]);
  expect(stdout).toContain('PRELIMINARY: merge lww, as it would be now');
  expect(stdout).not.toContain('split-brain merge');
  const preview = await mnemeJson<Of<typeof shapes.plan>>(['split-brain', 'plan', ...at(c)]);
  expect(preview).toMatchObject({
    preliminary: true,
    incident: null,
    counts: { conflicts: 3, onlyHere: [{ keys: 1 }, { keys: 0 }] },
  });
  const promotion = await mnemeJson<Of<typeof shapes.plan>>(['split-brain', 'plan', '--promote', 'c', ...at(a)]);
  expect(promotion).toMatchObject({ preliminary: true, strategy: 'promote c' });

  await done('drill', 'heal', ...at(a));
  await until('the split-brain is found', async () => (await statusOf(a.address)).incidents.length === 1);
  const plan = await mnemeJson<Of<typeof shapes.plan>>(['split-brain', 'plan', ...at(a)]);
  expect(plan.preliminary).toBe(false);
  expect([rowsOf(preview), preview.counts.onlyHere, preview.summary]).toEqual([
    rowsOf(plan),
    plan.counts.onlyHere,
    plan.summary,
  ]);
  const promoted = await mnemeJson<Of<typeof shapes.plan>>(['split-brain', 'plan', '--promote', 'c', ...at(a)]);
  expect([rowsOf(promotion), promotion.summary]).toEqual([rowsOf(promoted), promoted.summary]);
}, 120_000);

test('of three islands status counts what a plan does: what two of them wrote as one is no change of both', async () => {
  await done('drill', 'cut', 'a', 'b', ...at(a));
  await until('three islands', async () => {
    const { changes } = await mnemeJson<Of<typeof shapes.splitBrainStatus>>(['split-brain', 'status', ...at(a)]);
    return changes?.islands.length === 3;
  });
  const { changes } = await mnemeJson<Of<typeof shapes.splitBrainStatus>>(['split-brain', 'status', ...at(a)]);
  expect([changes?.islands.map(({ keys }) => keys), changes?.both]).toEqual([[4, 4, 3], 3]);
  // A plan of those that hear each other says who takes no part.
  const { stdout } = await mneme(['split-brain', 'plan', ...at(a)]);
  expect(stdout).toContain('b takes no part: out of reach, and compared on its return');
}, 120_000);
