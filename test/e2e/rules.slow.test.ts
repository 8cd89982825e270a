import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { get, inOneCluster } from './operator.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const flags = ['--memory-only', '--failure-timeout', '500ms', '--allow-drills'];
const RULES = 'cart:=prefer:a,pay:=manual,=lww';
const [a, b] = [new NodeProcess('a', '', [...flags, '--on-heal', RULES]), new NodeProcess('b', '', flags)];

inOneCluster(directory, a, b);

async function cutWriteHeal(keys: readonly string[]): Promise<void> {
  await mneme(['drill', 'cut', 'a', 'b', '--node', a.address]);
  for (const node of [a, b]) {
    await until('both notice', async () => (await statusOf(node.address)).members.some((one) => one.link === 'down'));
    for (const key of keys) await mneme(['entry', 'set', key, `${key} of ${node.name}`, '--node', node.address]);
  }
  await mneme(['drill', 'heal', '--node', a.address]);
}

test('the healer merges by the rules, as an operator would', async () => {
  await cutWriteHeal(['cart:1', 'other']);
  await untilInSync(a, b);
  expect([await get(b, 'cart:1'), await get(a, 'other')]).toEqual(['cart:1 of a', 'other of b']);
}, 90_000);

test('a conflict that is left to the operator holds all apart, is named in status, and is ended by who decides it', async () => {
  await cutWriteHeal(['cart:1', 'pay:1']);
  const problem = (status: Awaited<ReturnType<typeof statusOf>>) => status.incidents[0]?.problem ?? '';
  await until('it is left', async () =>
    problem(await statusOf(b.address)).startsWith('1 conflict is left to the operator: pay:1'),
  );
  for (const node of [a, b]) expect(await get(node, 'pay:1')).toBe(`pay:1 of ${node.name}`);
  const status = await mneme(['split-brain', 'status', '--node', b.address]);
  expect([status.code, status.stdout]).toEqual([
    3,
    expect.stringContaining('1 conflict is left to the operator: pay:1'),
  ]);
  // Nobody has to repeat the rules: those of the cluster decide, here as at the heal, and the next step names them.
  const text = '=lww,cart:=prefer:a,pay:=manual';
  const plan = await mneme(['split-brain', 'plan', '--node', a.address]);
  expect(plan.stdout).toContain(`Plan: merge ${text} (by the`);
  expect(plan.stdout).toMatch(/cart:1 +→ cart:1 of a +cart:1 of b +preferred island/);
  expect(plan.stdout).toMatch(/pay:1 +pay:1 of a +pay:1 of b +left to you/);
  expect(plan.stdout).toMatch(/STANDS[\s\S]*1 +a +0 +1 +0\n +2 +b +0 +0 +1 /);
  expect(plan.stdout).toContain(`next: mneme split-brain resolve --policy ${text}`);
  // In a file it is undecided, and stays so until a pick is written there.
  const saved = `${directory.path}/left.plan`;
  await mneme(['split-brain', 'plan', '--out', saved, '--node', a.address]);
  expect(readFileSync(saved, 'utf8')).toContain('undecided "pay:1"');
  const undecided = await mneme(['split-brain', 'merge', '--plan', saved, '--yes', '--node', a.address]);
  expect([undecided.code, undecided.stderr]).toEqual([6, expect.stringContaining('1 undecided key: "pay:1"')]);
  writeFileSync(saved, readFileSync(saved, 'utf8').replace('undecided "pay:1"', 'island-1 "pay:1"'));
  const decided = await mneme(['split-brain', 'merge', '--plan', saved, '--dry-run', '--node', b.address]);
  expect([decided.code, decided.stdout]).toEqual([0, expect.stringMatching(/pay:1 +→ pay:1 of a +pay:1 of b +picked/)]);
  // By rules that leave it again nothing is changed.
  const again = await mneme(['split-brain', 'merge', '--policy', RULES, '--yes', '--node', a.address]);
  expect([again.code, again.stderr]).toEqual([6, expect.stringContaining('1 conflict is left to you: "pay:1"')]);
  expect(await get(b, 'cart:1')).toBe('cart:1 of b');
  const nobody = await mneme(['cluster', 'settings', 'on-heal', 'cart:=prefer:zz', '--node', a.address]);
  expect([nobody.code, nobody.stderr]).toEqual([7, expect.stringContaining('"zz" is no member')]);
  const file = `${directory.path}/rules.txt`;
  writeFileSync(file, '# payments: as a has them\npay:=prefer:a\ncart:=prefer:a\n');
  const done = await mneme(['split-brain', 'merge', '--policy', file, '--yes', '--node', a.address]);
  expect([done.code, done.stderr]).toEqual([0, '']);
  await untilInSync(a, b);
  expect([await get(b, 'pay:1'), await get(b, 'cart:1')]).toEqual(['pay:1 of a', 'cart:1 of a']);
}, 120_000);
