import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import DrillCut from '../../src/commands/drill/cut.js';
import DrillHeal from '../../src/commands/drill/heal.js';
import DrillPartition from '../../src/commands/drill/partition.js';
import DrillStatus from '../../src/commands/drill/status.js';
import { type FakeCluster, startCluster } from './fake-cluster.js';
import { runCommand } from './run-command.js';

let cluster: FakeCluster;
let node: string[];
beforeEach(async () => {
  cluster = await startCluster({
    a: { b: 'in-sync', c: 'in-sync' },
    b: { a: 'in-sync', c: 'in-sync' },
    c: { a: 'in-sync', b: 'in-sync' },
  });
  node = ['--node', cluster.at('a')];
});
afterEach(() => cluster.stop());

const cuts = () => [...cluster.members.values()].map((member) => member.cut.join(' '));

describe('a drill', () => {
  test('cuts one link on both ends, and keeps other cuts', async () => {
    await runCommand(DrillCut, ['a', 'b', ...node]);
    expect(cuts()).toEqual(['b', 'a', '']);
    const { json } = await runCommand(DrillCut, ['a', 'c', '--json', ...node]);
    expect(cuts()).toEqual(['b c', 'a', 'a']);
    expect(Object.keys(json)).toEqual(['on', 'nodes', 'unreachable']);
    expect(Object.keys(json.nodes[0])).toEqual(['name', 'replica', 'address', 'allowed', 'cut']);
  });
  test('cuts a group from all others on all ends', async () => {
    await runCommand(DrillPartition, ['a,b', ...node]);
    expect(cuts()).toEqual(['c', 'c', 'a b']);
  });
  test('ends everywhere', async () => {
    await runCommand(DrillPartition, ['c', ...node]);
    expect((await runCommand(DrillStatus, node)).stdout).toContain('A DRILL IS ON');
    expect((await runCommand(DrillHeal, ['--json', ...node])).json.on).toBe(false);
    expect(cuts()).toEqual(['', '', '']);
    const { exitCode, stderr } = await runCommand(DrillHeal, node);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('no link is cut on purpose')]);
  });
  test('is refused with exit code 6 unless all that take part allow it, and cuts nothing', async () => {
    cluster.member('b').status.self.allowsDrills = false;
    const { exitCode, stderr } = await runCommand(DrillPartition, ['a', ...node]);
    expect([exitCode, cuts()]).toEqual([6, ['', '', '']]);
    expect(stderr).toContain('and with --allow-drills');
  });
  test('needs all that take part to answer', async () => {
    await cluster.member('c').node.stop();
    expect((await runCommand(DrillPartition, ['a', ...node])).exitCode).toBe(4);
    expect((await runCommand(DrillCut, ['a', 'b', ...node])).exitCode).toBe(0);
  });
  test('of all members, of one with itself, or of nobody known is refused', async () => {
    expect((await runCommand(DrillPartition, ['a,b,c', ...node])).exitCode).toBe(2);
    expect((await runCommand(DrillCut, ['a', 'a', ...node])).exitCode).toBe(2);
    expect((await runCommand(DrillCut, ['a', 'z', ...node])).exitCode).toBe(7);
  });
});
