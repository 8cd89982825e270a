import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type AdminClient, connectClient } from '../../src/admin/client/client.js';
import type { AdminApi, PlanReply, ResolveReply } from '../../src/admin/protocol/api.js';
import type { Of } from '../../src/cli/shapes/shape.js';
import type * as shapes from '../../src/cli/shapes/split-brain.js';
import { done, get, inOneCluster, set } from './operator.js';
import { mneme, mnemeJson, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const LWW = { kind: 'merge', policy: 'lww' } as const;
const directory = temporaryDirectory();
const flags = ['--memory-only', '--failure-timeout', '500ms', '--allow-drills'];
const [a, b] = [new NodeProcess('a', '', [...flags, '--on-heal', 'manual']), new NodeProcess('b', '', flags)];
let admin: AdminClient;

inOneCluster(directory, a, b);

beforeAll(async () => {
  admin = await connectClient(a.address);
});

afterAll(() => admin.close());

const textOf = (base64: string | null | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();

/** Write many keys at once, each with a value of its node's. */
async function fill(node: NodeProcess, keys: readonly string[]): Promise<void> {
  const file = `${directory.path}/fill-${node.name}`;
  writeFileSync(file, keys.map((key) => `{"key":"${key}","value":"${key} of ${node.name}"}\n`).join(''));
  await done('entry', 'import', file, '--node', node.address);
}

/** Both write these keys while they are cut from each other; then they are held apart. */
async function split(keys: readonly string[]): Promise<void> {
  await untilInSync(a, b);
  await done('drill', 'cut', 'a', 'b', '--node', a.address);
  for (const node of [a, b]) {
    await until('both notice', async () => (await statusOf(node.address)).members.some((one) => one.link === 'down'));
  }
  await fill(a, keys);
  await fill(b, keys);
  await done('drill', 'heal', '--node', a.address);
  await until('the split-brain is found', async () => (await statusOf(a.address)).incidents.length === 1);
}

const plan = (request: Partial<AdminApi['PLAN']['request']> = {}): Promise<PlanReply> =>
  admin.call('PLAN', { strategy: LWW, limit: 100, offset: 0, ...request });
const resolve = (request: Partial<AdminApi['RESOLVE']['request']>): Promise<ResolveReply> =>
  admin.call('RESOLVE', { strategy: LWW, ...request });

describe('a plan', () => {
  beforeEach(() => split(['k1', 'k2', 'k3']), 60_000);

  test('that was shown is carried out for the versions that were shown, and what was written since is named', async () => {
    const shown = await plan({ limit: 2 });
    expect(shown.conflicts.map(({ keyBase64 }) => textOf(keyBase64))).toEqual(['k1', 'k2']);
    await set(b, 'k3', 'again');
    await set(a, 'k4', 'of a');
    await set(b, 'k4', 'of b');
    const rest = await plan({ plan: shown.digest, offset: 2 });
    // Pages are of the plan that was shown, not of a new one.
    expect(rest.conflicts.map(({ keyBase64 }) => textOf(keyBase64))).toEqual(['k3']);
    expect(textOf(rest.conflicts[0]?.versions[1]?.previewBase64)).toBe('k3 of b');
    const { incident, changes, askAbout } = await resolve({ plan: shown.digest, ask: true });
    expect([incident.state, askAbout]).toEqual(['resolved', null]);
    expect(changes).toMatchObject({ changed: 2, otherwise: 0, gone: [], joined: [] });
    expect(changes?.changedKeys.map(({ keyBase64 }) => textOf(keyBase64))).toEqual(['k3', 'k4']);
    await untilInSync(a, b);
    expect([await get(a, 'k1'), await get(a, 'k3'), await get(a, 'k4')]).toEqual(['k1 of b', 'again', 'of b']);
  }, 60_000);

  test('of which a decision would come out otherwise is not carried out where somebody can be asked, and is after that', async () => {
    const shown = await plan();
    await set(a, 'k1', 'later than b');
    const first = await resolve({ plan: shown.digest, ask: true });
    expect([first.incident.state, first.changes?.otherwise]).toEqual(['open', 1]);
    const [other] = first.changes!.otherwiseKeys;
    expect([textOf(other?.keyBase64), textOf(other?.shown?.previewBase64), textOf(other?.now?.previewBase64)]).toEqual([
      'k1',
      'k1 of b',
      'later than b',
    ]);
    expect([await get(a, 'k2'), await get(b, 'k1')]).toEqual(['k2 of a', 'k1 of b']);
    const second = await resolve({ plan: first.askAbout! });
    expect([second.incident.state, second.changes?.otherwise]).toEqual(['resolved', 0]);
    await untilInSync(a, b);
    expect([await get(b, 'k1'), await get(a, 'k2')]).toEqual(['later than b', 'k2 of b']);
  }, 60_000);

  test('that nobody knows any more, or of another strategy, is refused, and nothing is changed', async () => {
    await expect(resolve({ plan: '0123456789abcdef' })).rejects.toMatchObject({ code: 'unknown-plan', exitCode: 7 });
    const { digest } = await plan();
    const promote = { kind: 'promote', node: 'a' } as const;
    await expect(resolve({ strategy: promote, plan: digest })).rejects.toMatchObject({ code: 'usage' });
    expect(await get(a, 'k1')).toBe('k1 of a');
    await done('split-brain', 'merge', '--yes', '--node', a.address);
  }, 60_000);

  test('of a policy that begins what it does not wait for, and that fails, is refused', async () => {
    const file = `${directory.path}/late.mjs`;
    const body = 'Promise.reject(new Error("oh")); return c.versions.find((v) => v.members.includes("a")).island;';
    writeFileSync(file, `export default (c) => { ${body} };\n`);
    const { code, stderr } = await mneme(['split-brain', 'merge', '--policy', file, '--yes', '--node', a.address]);
    expect([code, stderr.replace(/\s+/g, ' ')]).toEqual([6, expect.stringContaining('fails after its answer: oh')]);
    expect(await get(b, 'k1')).toBe('k1 of b');
    await done('split-brain', 'merge', '--yes', '--node', a.address);
  }, 60_000);
});

describe('a policy of the operator’s own', () => {
  const KEYS = Array.from({ length: 1500 }, (_, i) => `many${String(i).padStart(4, '0')}`);

  test('is asked about every conflict of one plan, also while clients write, and it ends', async () => {
    const file = `${directory.path}/earlier.mjs`;
    writeFileSync(
      file,
      'export default (c) => c.versions.reduce((best, one) => (one.members.includes("a") ? one : best)).island;\n',
    );
    await split(KEYS);
    let isOver = false;
    let round = 0;
    const writing = (async () => {
      while (!isOver)
        await fill(
          b,
          KEYS.slice(0, 20).map((key) => `${key}-${round % 5}`),
        ).then(() => round++);
    })();
    const resolution = await mnemeJson<Of<typeof shapes.resolution>>([
      'split-brain',
      'merge',
      '--policy',
      file,
      '--yes',
      '--limit',
      '1200',
      '--node',
      a.address,
    ]).finally(() => {
      isOver = true;
    });
    await writing;
    expect(resolution.incident?.state).toBe('resolved');
    expect(resolution.plan.conflicts).toHaveLength(1200);
    expect(resolution.plan.counts.conflicts).toBe(KEYS.length);
    expect(new Set(resolution.plan.conflicts.map(({ reason }) => reason))).toEqual(new Set(['policy earlier.mjs']));
    expect(resolution.changes).toMatchObject({ otherwise: 0, undecided: 0 });
    await untilInSync(a, b);
    expect([await get(b, KEYS[0]!), await get(b, KEYS[1499]!)]).toEqual([`${KEYS[0]} of a`, `${KEYS[1499]} of a`]);
  }, 120_000);
});

describe('an undo', () => {
  test('of a key that was not set aside did nothing: exit code 6, and the next step', async () => {
    const { code, stderr } = await mneme([
      'split-brain',
      'undo',
      'latest',
      '--key',
      'nope',
      '--yes',
      '--node',
      a.address,
    ]);
    expect([code, stderr.replace(/\s+/g, ' ')]).toEqual([
      6,
      expect.stringContaining('set nothing aside of key "nope"'),
    ]);
    expect(stderr).toContain('next:  mneme split-brain show');
    const undo = await mnemeJson<Of<typeof shapes.undo>>([
      'split-brain',
      'undo',
      'latest',
      '--key',
      'many0000',
      '--yes',
      '--node',
      a.address,
    ]);
    expect(undo).toMatchObject({ restored: 1, shown: 1, dryRun: false });
  }, 60_000);
});

describe('a verification', () => {
  test('shows one digest above "the same data", also while keys expire', async () => {
    const file = `${directory.path}/ending`;
    const nowMs = Date.now();
    const line = (i: number): string =>
      `{"key":"ending${i}","value":"x","expiryMs":${nowMs + 3000 + (i % 400) * 25}}\n`;
    writeFileSync(file, Array.from({ length: 4000 }, (_, i) => line(i)).join(''));
    await mneme(['entry', 'import', file, '--node', a.address]);
    let same = 0;
    await until(
      'some looks while keys ended',
      async () => {
        const { state, replicas } = await mnemeJson<{ state: string; replicas: { digest: string }[] }>([
          'replica',
          'verify',
          '--node',
          a.address,
        ]);
        if (state === 'same') expect(new Set(replicas.map(({ digest }) => digest)).size).toBe(1);
        if (state === 'same') same++;
        return same >= 6;
      },
      60_000,
    );
  }, 90_000);
});
