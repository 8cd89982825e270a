import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { connectClient } from '../../src/admin/client/client.js';
import type { PlanReply } from '../../src/admin/protocol/api.js';
import type { Of } from '../../src/cli/shapes/shape.js';
import type * as shapes from '../../src/cli/shapes/split-brain.js';
import { openPlan } from '../../src/operations/split-brain/plan-text.js';
import { done, get, inOneCluster, set } from './operator.js';
import { mneme, mnemeJson, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const flags = ['--memory-only', '--failure-timeout', '500ms', '--allow-drills'];
const [a, b] = [new NodeProcess('a', '', [...flags, '--on-heal', 'manual']), new NodeProcess('b', '', flags)];
const file = `${directory.path}/friday.plan`;

inOneCluster(directory, a, b);

async function fill(node: NodeProcess, lines: readonly object[]): Promise<void> {
  const path = `${directory.path}/fill-${node.name}`;
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  await done('entry', 'import', path, '--node', node.address);
}

/** Both write while they are cut from each other, b after a; then they are held apart. */
async function split(linesOf: (name: string) => object[]): Promise<void> {
  await untilInSync(a, b);
  await done('drill', 'cut', 'a', 'b', '--node', a.address);
  for (const node of [a, b]) {
    await until('both notice', async () => (await statusOf(node.address)).members.some((one) => one.link === 'down'));
  }
  await fill(a, linesOf('a'));
  await fill(b, linesOf('b'));
  await done('drill', 'heal', '--node', a.address);
  await until('the split-brain is found', async () => (await statusOf(a.address)).incidents.length === 1);
}

const edit = (from: string, to: string): void => writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
const merge = (...args: string[]) => mneme(['split-brain', 'merge', '--yes', '--node', a.address, ...args]);

describe('a saved plan', () => {
  const KEYS = ['k1', 'k2', 'k3'];
  beforeEach(async () => {
    await split((name) => KEYS.map((key) => ({ key, value: `${key} of ${name}` })));
    await done('split-brain', 'plan', '--out', file, '--force', '--node', a.address);
  }, 60_000);

  test('is the same from either node, and is carried out as it was edited', async () => {
    const other = await done('split-brain', 'plan', '--out', '-', '--node', b.address);
    expect(other).toBe(readFileSync(file, 'utf8'));
    edit('island-2 "k1"', 'island-1 "k1"');
    const { picks, plan } = await mnemeJson<Of<typeof shapes.resolution>>([
      'split-brain',
      'merge',
      '--plan',
      file,
      '--yes',
      '--node',
      b.address,
    ]);
    expect(picks).toMatchObject({ held: 3, changed: { count: 0 }, fresh: { count: 0 } });
    expect(plan.strategy).toBe('merge friday.plan, else lww');
    await untilInSync(a, b);
    for (const node of [a, b])
      expect(await Promise.all(KEYS.map((key) => get(node, key)))).toEqual(['k1 of a', 'k2 of b', 'k3 of b']);
  }, 60_000);

  test('of which a key was written since is refused, with the key, and carried out but for it with --except-changed', async () => {
    edit('island-2 "k1"', 'island-1 "k1"');
    edit('island-2 "k2"', 'island-1 "k2"');
    await set(b, 'k1', 'later');
    for (const node of [a, b]) await set(node, 'k4', `k4 of ${node.name}`);
    const refused = await merge('--plan', file);
    expect([refused.code, refused.stderr]).toEqual([
      6,
      expect.stringContaining('1 of the keys in friday.plan was written since: "k1"; nothing was changed'),
    ]);
    expect([await get(a, 'k2'), await get(b, 'k2'), await get(b, 'k1')]).toEqual(['k2 of a', 'k2 of b', 'later']);
    const { code, stdout } = await merge('--plan', file, '--except-changed');
    expect([code, stdout]).toEqual([0, expect.stringContaining('2 keys as picked')]);
    expect(stdout).toContain('1 key written since the picks were made, decided by the policy: "k1"');
    expect(stdout).toContain('1 key not among the picks, decided by the policy: "k4"');
    await untilInSync(a, b);
    expect(await Promise.all(['k1', 'k2', 'k3', 'k4'].map((key) => get(a, key)))).toEqual([
      'later',
      'k2 of a',
      'k3 of b',
      'k4 of b',
    ]);
  }, 60_000);

  test('with a bad line, of another cluster, or of an incident that is over, changes nothing', async () => {
    const whole = readFileSync(file, 'utf8');
    edit('island-2 "k3"', 'isle-2 "k3"');
    expect(await merge('--plan', file)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/line 24: "isle-2" is no pick/),
    });
    // What is below a pick is what was seen, and no place to say what should be.
    writeFileSync(file, whole.replace('"k3 of b"', '"k3 of me"'));
    expect(await merge('--plan', file)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/line 26: the version is "k3 of b" {2}by b/),
    });
    writeFileSync(file, whole.replace(/^cluster .*/m, 'cluster deadbeef'));
    expect(await merge('--plan', file)).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('is about cluster deadbeef'),
    });
    writeFileSync(file, whole.replace(/^incident .*/m, 'incident 20200101-000000-aaaa'));
    expect(await merge('--plan', file)).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('20200101-000000-aaaa'),
    });
    expect([await get(a, 'k1'), await get(b, 'k1')]).toEqual(['k1 of a', 'k1 of b']);
    writeFileSync(file, whole);
    expect((await merge('--plan', file)).code).toBe(0);
    expect(await merge('--plan', file)).toMatchObject({ code: 6, stderr: expect.stringContaining('no split-brain') });
  }, 60_000);

  test('whose policy is a module runs it only if it is named, and asks it about the rest alone', async () => {
    await merge();
    const module = `${directory.path}/first.mjs`;
    writeFileSync(module, 'export default (c) => c.versions.find((v) => v.members.includes("a")).island;\n');
    await split((name) => KEYS.map((key) => ({ key, value: `${key} of ${name}` })));
    await done('split-brain', 'plan', '--policy', module, '--out', file, '--force', '--node', a.address);
    edit('island-1 "k2"', 'island-2 "k2"');
    for (const node of [a, b]) await set(node, 'k4', `k4 of ${node.name}`);
    expect(await merge('--plan', file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the module first.mjs'),
    });
    expect((await merge('--plan', file, '--policy', module)).stderr).toBe('');
    await untilInSync(a, b);
    expect(await Promise.all(['k1', 'k2', 'k3', 'k4'].map((key) => get(b, key)))).toEqual([
      'k1 of a',
      'k2 of b',
      'k3 of a',
      'k4 of a',
    ]);
  }, 60_000);

  test('cannot be overtaken: a key that is written between the plan and the fence stops it too', async () => {
    const admin = await connectClient(a.address);
    try {
      const strategy = { kind: 'merge', policy: 'custom', name: 'friday.plan', otherwise: 'lww' } as const;
      const page = { limit: 10, offset: 0 };
      const { digest } = await admin.call('PLAN', { strategy, ...page });
      const { keys } = await openPlan('friday.plan', [readFileSync(file)] as unknown as AsyncIterable<Uint8Array>);
      for await (const pick of keys) await admin.call('DECIDE', { plan: digest, picks: [{ ...pick, stands: 0 }] });
      const decided = { ...strategy, decisions: digest };
      const shown: PlanReply = await admin.call('PLAN', { strategy: decided, ...page });
      expect(shown.picks).toMatchObject({ held: 3, missed: 0, unpicked: 0 });
      await set(b, 'k2', 'in between');
      const stopped = await admin.call('RESOLVE', { strategy: decided, plan: shown.digest, exact: true });
      expect([stopped.incident.state, stopped.changes?.missed]).toEqual(['open', 1]);
      expect([await get(a, 'k1'), await get(b, 'k1')]).toEqual(['k1 of a', 'k1 of b']);
      const carried = await admin.call('RESOLVE', { strategy: decided, plan: shown.digest });
      expect([carried.incident.state, carried.changes?.missed]).toEqual(['resolved', 1]);
      await untilInSync(a, b);
      expect([await get(b, 'k1'), await get(a, 'k2')]).toEqual(['k1 of a', 'in between']);
    } finally {
      admin.close();
    }
  }, 60_000);
});
