import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Terminal } from '../../src/cli/terminal.js';
import SplitBrainHistory from '../../src/commands/split-brain/history.js';
import SplitBrainMerge from '../../src/commands/split-brain/merge.js';
import SplitBrainPlan from '../../src/commands/split-brain/plan.js';
import SplitBrainPromote from '../../src/commands/split-brain/promote.js';
import SplitBrainResolve from '../../src/commands/split-brain/resolve.js';
import SplitBrainShow from '../../src/commands/split-brain/show.js';
import SplitBrainStatus from '../../src/commands/split-brain/status.js';
import SplitBrainUndo from '../../src/commands/split-brain/undo.js';
import { OperatorError } from '../../src/core/model/errors.js';
import { type FakeCluster, startCluster } from './fake-cluster.js';
import {
  base64,
  conflict,
  entry,
  incident,
  NO_CHANGES,
  plan,
  RESOLVED,
  replicaId,
  setAside,
  setAsideReply,
  undoReply,
} from './fixtures.js';
import { runCommand } from './run-command.js';

let cluster: FakeCluster;
let node: string[];
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mneme-policy-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(async () => {
  const open = incident({
    islands: [
      { members: ['a'], replicas: [], writes: 3 },
      { members: ['b'], replicas: [], writes: 4 },
    ],
  });
  cluster = await startCluster({ a: { b: 'held' }, b: { a: 'held' } }, { incidents: [open] });
  node = ['--node', cluster.at('a')];
  for (const { node: fake, name } of cluster.members.values()) {
    fake.handlers.PLAN = () => plan({ executor: name });
    fake.handlers.RESOLVE = () => ({ incident: RESOLVED, changes: NO_CHANGES, askAbout: null });
    fake.handlers.DECIDE = ({ decisions = [], picks = [] }) => ({
      decided: decisions.length + picks.length,
      missed: [],
    });
    fake.handlers.INCIDENTS = () => ({ incidents: [incident({ id: '77aa' }), RESOLVED, { ...RESOLVED, id: '3f00' }] });
    fake.handlers.SETASIDE = () => setAsideReply([setAside('cart:17', 'book'), setAside('gone', null)]);
    fake.handlers.UNDO = ({ incident: id, dryRun }) =>
      undoReply({ incident: id, undoIncident: dryRun ? null : '88bb' });
  }
});
afterEach(() => cluster.stop());

const calls = (name: string, verb: 'PLAN' | 'DECIDE' | 'RESOLVE' | 'UNDO') => cluster.member(name).node.callsOf(verb);
const person = (answers: Partial<Terminal>) => answers;

describe('split-brain status', () => {
  test('names the islands and the next command, and ends with 3', async () => {
    const { stdout, exitCode } = await runCommand(SplitBrainStatus, node);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('island 2: b (4 writes at detection)');
    expect(stdout).toContain('next: mneme split-brain plan');
    const { json } = await runCommand(SplitBrainStatus, ['--json', ...node]);
    expect(Object.keys(json)).toEqual(
      'state healthy headline next note nowMs onHeal partitionMode asked incidents islands changes'.split(' '),
    );
  });
  test('of a partition says who may take writes, which in majority mode is no second island', async () => {
    for (const [mode, text] of [
      ['available', 'If both sides take writes meanwhile'],
      ['majority', 'an island that sees no more than half of the members refuses writes'],
    ] as const) {
      const cut = await startCluster({ a: { b: 'down' } });
      const { handlers } = cut.member('a').node;
      const status = handlers.STATUS!;
      handlers.STATUS = (request) => {
        const reply = status(request);
        return { ...reply, settings: { ...reply.settings, 'partition-mode': mode } };
      };
      const { stdout } = await runCommand(SplitBrainStatus, ['--node', cut.at('a')]);
      await cut.stop();
      expect(stdout.replace(/\s+/g, ' ')).toContain(text);
      if (mode === 'majority') expect(stdout).not.toContain('If both sides');
    }
  });
  test('without a split says so, and ends with 0', async () => {
    const whole = await startCluster({ a: { b: 'in-sync' }, b: { a: 'in-sync' } });
    const { stdout, exitCode } = await runCommand(SplitBrainStatus, ['--node', whole.at('a')]);
    await whole.stop();
    expect([exitCode, stdout.split('\n')[0]]).toEqual([0, 'No split-brain: no islands are held apart']);
  });
});

describe('split-brain plan', () => {
  test('changes nothing and shows conflicts side by side', async () => {
    const { stdout, exitCode } = await runCommand(SplitBrainPlan, ['--limit', '5', '--prefix', 'cart:', ...node]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/PREFIX +KEYS +CONFLICTS +ONLY 1 +ONLY 2[\s\S]*KEY +1: a b +2: c +WHY/);
    expect(stdout).toContain('The filter shapes this list alone: a resolution takes in all keys.');
    expect(calls('a', 'PLAN')).toEqual([
      { strategy: { kind: 'merge', policy: 'lww' }, limit: 5, offset: 0, groups: 10, prefixBase64: base64('cart:') },
    ]);
    expect(calls('a', 'RESOLVE')).toEqual([]);
    expect((await runCommand(SplitBrainPlan, ['--wide', ...node])).stdout).toMatch(/KEY +│ 1: a b +│ 2: c +│ WHY/);
  });
  test('is filtered and paged by the node, and says how much of it is shown', async () => {
    cluster.member('a').node.handlers.PLAN = () => plan({ total: 9014, truncated: true });
    const flags = ['--only', 'deleted', '--island', 'c', '--offset', '40', '--limit', '2'];
    const { stdout } = await runCommand(SplitBrainPlan, [...flags, ...node]);
    expect(calls('a', 'PLAN')[0]).toMatchObject({ only: 'deleted', island: 'c', offset: 40, limit: 2 });
    expect(stdout).toContain('2 of 9014 deleted keys (from the 41. on); more: --offset 42');
    expect((await runCommand(SplitBrainPlan, ['--only', 'all', ...node])).exitCode).toBe(2);
  });
  test.each([
    [['--policy', 'keep-longest-ttl'], { kind: 'merge', policy: 'keep-longest-ttl' }],
    [['--policy', 'prefer:b'], { kind: 'merge', policy: { prefer: 'b' } }],
  ])('takes %j', async (flags, strategy) => {
    await runCommand(SplitBrainPlan, [...flags, ...node]);
    expect(calls('a', 'PLAN')[0]).toMatchObject({ strategy });
  });
  test('of a promotion is made by the node to be promoted', async () => {
    await runCommand(SplitBrainPlan, ['--promote', 'b', ...node]);
    expect(calls('a', 'PLAN')).toEqual([]);
    expect(calls('b', 'PLAN')[0]).toMatchObject({ strategy: { kind: 'promote', node: 'b' } });
  });
  test('a policy that is none is usage, and both flags at once too', async () => {
    for (const flags of [
      ['--policy', 'newest'],
      ['--policy', 'prefer:'],
      ['--policy', 'lww', '--promote', 'b'],
    ]) {
      expect((await runCommand(SplitBrainPlan, [...flags, ...node])).exitCode).toBe(2);
    }
  });
  test('where there is no split-brain the refusal of the node comes through, with its hint', async () => {
    const whole = await startCluster({ a: { b: 'in-sync' }, b: { a: 'in-sync' } });
    const node = ['--node', whole.at('a')];
    whole.member('a').node.handlers.PLAN = () => {
      throw new OperatorError('no-split-brain', 'there is nothing to resolve', 'mneme cluster status');
    };
    const { json, exitCode } = await runCommand(SplitBrainPlan, ['--json', ...node]);
    await whole.stop();
    expect(exitCode).toBe(6);
    expect(json.error).toEqual({
      code: 'no-split-brain',
      message: 'there is nothing to resolve',
      next: `mneme cluster status ${node.join(' ')}`,
      note: null,
      exitCode: 6,
    });
  });
});

describe('split-brain merge and promote', () => {
  test('shows the plan on stderr, asks, and does what was shown', async () => {
    const done = await runCommand(SplitBrainMerge, node, person({ confirm: async () => true }));
    expect(done.exitCode).toBe(0);
    expect(done.stderr).toContain('Plan: merge lww');
    expect(done.stdout).toContain('Resolved by merge lww');
    expect(calls('a', 'RESOLVE')).toEqual([
      {
        strategy: { kind: 'merge', policy: 'lww' },
        incident: '3f9c21ab',
        plan: 'd1ge57d1ge57d1ge',
        ask: true,
        asked: expect.stringMatching(/^.+@.+$/),
      },
    ]);
  });

  test.each([
    ['merge', SplitBrainMerge, []],
    ['promote', SplitBrainPromote, ['b']],
  ] as const)('%s --yes tells what was done, and not the plan before it', async (_, command, args) => {
    const { exitCode, stdout, stderr } = await runCommand(command, [...args, '--yes', ...node]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^Resolved by [\s\S]*undo: mneme split-brain undo 3f9c21ab --node /);
    expect(stdout).not.toMatch(/│|Plan:/);
  });

  const OTHERWISE = {
    ...NO_CHANGES,
    changed: 12,
    changedKeys: [{ keyBase64: base64('cart:18'), database: 0 }],
    otherwise: 1,
    otherwiseKeys: [
      {
        keyBase64: base64('cart:17'),
        database: 0,
        shown: entry('cart:17', 'book', 'b'),
        shownMembers: ['a', 'b'],
        now: entry('cart:17', 'lamp', 'c'),
        nowMembers: ['c'],
        reason: 'last write, 5 ms later',
      },
    ],
  };
  const changing = () => {
    const replies = [
      { incident: incident(), changes: OTHERWISE, askAbout: 'another' },
      { incident: RESOLVED, changes: OTHERWISE, askAbout: null },
    ];
    cluster.member('a').node.handlers.RESOLVE = ({ ask }) => (ask === true ? replies[0]! : replies[1]!);
  };

  test.each(['--only=deleted', '--prefix=cart:', '--island=2'])(
    '--yes refuses %s, which is no scope',
    async (filter) => {
      const { exitCode, stderr } = await runCommand(SplitBrainMerge, ['--yes', filter, ...node]);
      expect([exitCode, calls('a', 'PLAN'), calls('a', 'RESOLVE')]).toEqual([2, [], []]);
      expect(stderr).toContain('all keys would be resolved; nothing was changed');
    },
  );

  const ASKED =
    'Carry this out (merge lww): 2 conflicts decided, 104 changes of one island, 2 values set aside (2.0 KiB)?';

  test('asks again, once, where a decision that was shown would come out otherwise, and shows those keys alone', async () => {
    changing();
    const questions: string[] = [];
    const confirm = async (question: string) => questions.push(question) > 0;
    const { stderr, exitCode } = await runCommand(SplitBrainMerge, node, person({ confirm }));
    expect([exitCode, questions]).toEqual([0, [ASKED, 'Carry it out as it is now?']]);
    const again = stderr.slice(stderr.indexOf('12 more keys'));
    expect(again).toContain('12 more keys changed meanwhile: cart:18, …');
    expect(again).toContain('1 key comes out otherwise than the plan showed');
    expect(again).not.toContain('session:ada');
    expect(calls('a', 'RESOLVE')).toMatchObject([{ plan: 'd1ge57d1ge57d1ge', ask: true }, { plan: 'another' }]);
  });
  test('no to the second question is declining, and nothing was changed', async () => {
    changing();
    const answers = [true, false];
    const { exitCode } = await runCommand(SplitBrainMerge, node, person({ confirm: async () => answers.shift()! }));
    expect([exitCode, calls('a', 'RESOLVE').length]).toEqual([5, 1]);
  });
  test('with --yes nobody is asked, and the result says what differs', async () => {
    changing();
    const { stdout, exitCode } = await runCommand(SplitBrainMerge, ['--yes', ...node]);
    expect([exitCode, calls('a', 'RESOLVE').length]).toEqual([0, 1]);
    expect(stdout).toContain('12 more keys changed meanwhile: cart:18, …');
    expect(stdout).toContain('1 key came out otherwise than the plan showed');
    const { json } = await runCommand(SplitBrainMerge, ['--yes', '--json', ...node]);
    expect(json.changes).toMatchObject({ changed: 12, otherwise: 1 });
  });
  test('no is exit code 5 and changes nothing', async () => {
    const { exitCode } = await runCommand(SplitBrainMerge, node, person({ confirm: async () => false }));
    expect([exitCode, calls('a', 'RESOLVE')]).toEqual([5, []]);
  });
  test('without a terminal, and with --json in one, it needs --yes', async () => {
    expect((await runCommand(SplitBrainMerge, node)).exitCode).toBe(5);
    const json = await runCommand(SplitBrainMerge, ['--json', ...node], person({ confirm: async () => true }));
    expect([json.exitCode, json.json.error.code]).toEqual([5, 'no-terminal']);
    expect(calls('a', 'RESOLVE')).toEqual([]);
    expect((await runCommand(SplitBrainMerge, ['--yes', ...node])).exitCode).toBe(0);
  });
  test('a dry run is the plan on stdout and no question', async () => {
    const { stdout, exitCode } = await runCommand(SplitBrainPromote, ['b', '--dry-run', ...node]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('next: mneme split-brain promote b');
    const { json } = await runCommand(SplitBrainPromote, ['b', '--dry-run', '--json', ...node]);
    expect(Object.keys(json)).toEqual(['dryRun', 'plan', 'incident', 'changes', 'picks']);
    expect(calls('b', 'RESOLVE')).toEqual([]);
  });
  test('a promotion is carried out by the promoted node; if it does not answer that is exit code 4', async () => {
    expect((await runCommand(SplitBrainPromote, ['b', '--yes', ...node])).exitCode).toBe(0);
    expect(calls('b', 'RESOLVE')).toHaveLength(1);
    await cluster.member('b').node.stop();
    const { exitCode, stderr } = await runCommand(SplitBrainPromote, ['b', '--yes', ...node]);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('b carries out its own promotion');
  });
  test('a resolution that could not be carried out yet is exit code 3', async () => {
    const problem = incident({ state: 'resolving', problem: 'b does not answer' });
    cluster.member('a').node.handlers.RESOLVE = () => ({ incident: problem, changes: null, askAbout: null });
    const { exitCode, stdout } = await runCommand(SplitBrainMerge, ['--yes', ...node]);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('b does not answer');
  });
});

describe('what a policy leaves to the operator', () => {
  const RULES = '=lww,session:=manual';
  const left = () => {
    const { conflicts, counts } = plan();
    const undecided = { ...conflicts[1]!, outcome: null, overridden: [], reason: 'left to the operator' };
    return plan({ counts: { ...counts, manual: 1 }, conflicts: [conflicts[0]!, undecided] });
  };
  beforeEach(() => {
    cluster.member('a').node.handlers.PLAN = left;
  });

  test('has no arrow, is counted, and the next step is the desk with the same policy', async () => {
    const { stdout } = await runCommand(SplitBrainPlan, ['--policy', RULES, ...node]);
    expect(stdout).toContain('1 of them is left to you');
    expect(stdout).toMatch(/session:ada +token-1 +deleted +uncertain, left to you/);
    expect(stdout).toContain(`next: mneme split-brain resolve --policy ${RULES} --node`);
    const dry = await runCommand(SplitBrainMerge, ['--policy', RULES, '--dry-run', ...node]);
    expect(dry.stdout).toContain(`next: mneme split-brain resolve --policy ${RULES}`);
  });

  test('is refused before anybody is asked, and before the node is', async () => {
    for (const terminal of [undefined, {}]) {
      const flags = terminal === undefined ? ['--yes'] : [];
      const { exitCode, stderr } = await runCommand(SplitBrainMerge, ['--policy', RULES, ...flags, ...node], terminal);
      expect([exitCode, stderr]).toEqual([6, expect.stringContaining('1 conflict is left to you: "session:ada"')]);
      expect(stderr).toContain(`mneme split-brain resolve --policy ${RULES}`);
    }
    expect(calls('a', 'RESOLVE')).toEqual([]);
  });

  test('is undecided in a saved plan, which is not carried out before there is a pick', async () => {
    const file = join(directory, 'rr.plan');
    const saved = await runCommand(SplitBrainPlan, ['--policy', RULES, '--out', file, ...node]);
    expect(saved.stdout).toContain(`Saved ${file}: 2 keys, 1 of them undecided.`);
    expect(saved.stdout).toContain(`next: mneme split-brain resolve --plan ${file}`);
    expect(readFileSync(file, 'utf8')).toContain('undecided "session:ada"');
    // Whatever the policy in the file says by then.
    writeFileSync(file, readFileSync(file, 'utf8').replace(`policy ${RULES}`, 'policy lww'));
    const { exitCode, stderr } = await runCommand(SplitBrainMerge, ['--plan', file, '--yes', ...node]);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('rr.plan has 1 undecided key: "session:ada"')]);
    expect(stderr).toContain(`mneme split-brain resolve --plan ${file}`);
    expect(calls('a', 'RESOLVE')).toEqual([]);
  });
});

describe('a policy that nobody names', () => {
  const onHeal = (value: string) => {
    const { handlers } = cluster.member('a').node;
    const status = handlers.STATUS!;
    handlers.STATUS = (request) => {
      const reply = status(request);
      return { ...reply, settings: { ...reply.settings, 'on-heal': value } };
    };
  };
  const RULES = '=lww,cart:=prefer:a';

  test("is the cluster's on-heal where that is one, which the plan says and the next step names", async () => {
    onHeal(RULES);
    const { stdout } = await runCommand(SplitBrainPlan, node);
    expect(stdout).toContain("Plan: merge lww (by the cluster's on-heal), carried out by a");
    expect(stdout).toContain(`next: mneme split-brain merge --policy ${RULES}`);
    await runCommand(SplitBrainMerge, ['--yes', ...node]);
    const strategy = { kind: 'merge', policy: { rules: RULES } };
    expect(calls('a', 'RESOLVE')).toMatchObject([{ strategy }]);
    await runCommand(SplitBrainMerge, ['--yes', '--policy', 'lww', ...node]);
    expect(calls('a', 'RESOLVE')[1]).toMatchObject({ strategy: { kind: 'merge', policy: 'lww' } });
  });

  test('is the last write where on-heal is a word', async () => {
    for (const word of ['manual', 'merge', 'promote-oldest']) {
      onHeal(word);
      const { stdout } = await runCommand(SplitBrainPlan, node);
      expect(stdout).not.toContain('on-heal');
      expect(calls('a', 'PLAN').at(-1)).toMatchObject({ strategy: { kind: 'merge', policy: 'lww' } });
    }
  });

  test('is refused where on-heal prefers who is no member, with what can be named instead', async () => {
    onHeal('cart:=prefer:zz');
    const { exitCode, stderr } = await runCommand(SplitBrainPlan, node);
    expect([exitCode, stderr]).toEqual([7, expect.stringContaining('"zz" is no member')]);
    expect(stderr).toContain('mneme split-brain plan --policy lww');
  });
});

describe('a saved plan', () => {
  let file: string;
  let saved: string;
  beforeEach(async () => {
    file = join(directory, 'friday.plan');
    await runCommand(SplitBrainPlan, ['--out', file, ...node]);
    saved = readFileSync(file, 'utf8');
  });
  const merge = () => runCommand(SplitBrainMerge, ['--plan', file, '--yes', ...node]);

  test('is not written over unless that is asked for', async () => {
    writeFileSync(file, 'precious');
    const { exitCode, stderr } = await runCommand(SplitBrainPlan, ['--out', file, ...node]);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining(`${file} is there already; nothing was written`)]);
    expect((await runCommand(SplitBrainPlan, ['--out', file, ...node], { confirm: async () => false })).exitCode).toBe(
      5,
    );
    expect(readFileSync(file, 'utf8')).toBe('precious');
    await runCommand(SplitBrainPlan, ['--out', file, ...node], { confirm: async () => true });
    expect(readFileSync(file, 'utf8')).toBe(saved);
    expect((await runCommand(SplitBrainPlan, ['--out', file, '--force', ...node])).stdout).toContain(`Saved ${file}`);
    await runCommand(SplitBrainPlan, ['--out', '/dev/null', ...node]);
  });

  test.each([
    ['a value', '"token-1"', '"EDITED"', 'line 21: the version is "token-1"  by a'],
    ['a writer', /"token-1" {2}by a/, '"token-1"  by c', 'line 21: the version is "token-1"  by a'],
    ['the key', '"session:ada"', '"session:adb"', 'line 20: the versions below are of another key'],
    ['an island', 'island-2 c', 'island-2 d', 'island-2 is d here, and the version is of c'],
    ['the islands', /island-1 a b\nisland-2 c/, 'island-1 c\nisland-2 a b', 'island-1 is c here'],
    ['a member', 'island-1 a b\nisland-2 c', 'island-1 a\nisland-2 c b', 'line 14: b is of the island a b'],
  ])('of which %s was edited that is no pick is refused, with the number of the line', async (_, from, to, problem) => {
    writeFileSync(file, saved.replace(from, to));
    const { exitCode, stderr } = await merge();
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(problem)]);
    expect(calls('a', 'RESOLVE')).toEqual([]);
  });

  test('holds where members have gone since, and where another pick was made', async () => {
    cluster.member('a').node.handlers.PLAN = () =>
      plan({ islands: plan().islands.map((island, i) => (i === 0 ? { ...island, members: ['a'] } : island)) });
    writeFileSync(file, saved.replace('island-2 "session:ada"', 'island-1 "session:ada"'));
    expect((await merge()).exitCode).toBe(0);
  });
});

describe('a policy module', () => {
  const policy = (source: string) => {
    const path = join(directory, 'policy.mjs');
    writeFileSync(path, source);
    return path;
  };

  const BY_MEMBER = 'export default (c) => c.versions.find((v) => v.members.includes("c")).island;';

  test('is asked about every conflict of one plan, once, and names a member of the island that stands', async () => {
    const { conflicts } = plan();
    cluster.member('a').node.handlers.PLAN = ({ offset, plan: digest, strategy }) => {
      if (digest === undefined)
        return plan({
          strategy: 'merge policy.mjs',
          digest: strategy?.kind === 'merge' && 'decisions' in strategy ? 'decided' : 'asked',
        });
      return plan({ conflicts: offset === 0 ? conflicts.slice(0, 1) : conflicts.slice(1), truncated: offset === 0 });
    };
    expect((await runCommand(SplitBrainMerge, ['--policy', policy(BY_MEMBER), '--yes', ...node])).exitCode).toBe(0);
    const replica = replicaId('c');
    expect(calls('a', 'DECIDE')).toEqual([
      { plan: 'asked', decisions: [{ keyBase64: base64('cart:17'), database: 0, replica }] },
      { plan: 'asked', decisions: [{ keyBase64: base64('session:ada'), database: 0, replica }] },
    ]);
    const custom = { kind: 'merge', policy: 'custom', name: 'policy.mjs' };
    expect(calls('a', 'PLAN').filter((call) => 'strategy' in (call as object))).toMatchObject([
      { strategy: custom },
      { strategy: { ...custom, decisions: 'asked' } },
    ]);
    expect(calls('a', 'RESOLVE')).toMatchObject([{ strategy: { ...custom, decisions: 'decided' }, plan: 'decided' }]);
  });
  test('is asked about what was written after it was asked, and then it is carried out', async () => {
    const late = conflict('late', [entry('late', 'x', 'a'), entry('late', 'y', 'c')], { undecided: true });
    cluster.member('a').node.handlers.PLAN = ({ undecided }) => plan(undecided === true ? { conflicts: [late] } : {});
    cluster.member('a').node.handlers.RESOLVE = ({ ask }) =>
      ask === true
        ? { incident: incident(), changes: { ...NO_CHANGES, changed: 1, undecided: 1 }, askAbout: 'again' }
        : { incident: RESOLVED, changes: NO_CHANGES, askAbout: null };
    expect((await runCommand(SplitBrainMerge, ['--policy', policy(BY_MEMBER), '--yes', ...node])).exitCode).toBe(0);
    expect(calls('a', 'DECIDE').at(-1)).toEqual({
      plan: 'again',
      decisions: [{ keyBase64: base64('late'), database: 0, replica: replicaId('c') }],
    });
    expect(calls('a', 'RESOLVE')).toHaveLength(2);
  });
  test.each([
    [
      'depends on the order of the islands',
      '(c) => c.versions[0].island',
      /picks island 1, and island 2 when the versions come in another order.*sort them first/s,
    ],
    ['is not deterministic', '(() => { let i = 0; return () => i++ % 2; })()', /not deterministic/],
    [
      'names no island',
      '() => 7',
      /gives 7, which is `island` of none of the versions \(0 for island 1, 1 for island 2\)/,
    ],
    ['is asynchronous', 'async () => 0', /a promise/],
    ['is asynchronous and rejects', 'async () => { throw new Error("later"); }', /a promise/],
    ['never settles', '() => new Promise(() => {})', /a promise/],
    ['returns an object of its own with then', '() => ({ then() { throw new Error("then"); } })', /a promise/],
    ['gives an object without a prototype', '() => Object.create(null)', /none of the versions/],
    ['gives a symbol', '() => Symbol("s")', /Symbol\(s\), which is `island` of none/],
    ['gives nothing', '() => {}', /gives undefined/],
    ['gives not a number', '() => NaN', /gives NaN/],
    ['throws what is no error', '() => { throw { toString() { throw 1; } }; }', /fails: /],
    ['fails', '() => { throw new Error("oh"); }', /fails: oh/],
  ])('that %s is refused, naming the key, and nothing is changed', async (_what, source, message) => {
    const { exitCode, stderr } = await runCommand(SplitBrainMerge, [
      '--policy',
      policy(`export default ${source};`),
      '--yes',
      ...node,
    ]);
    expect([exitCode, calls('a', 'RESOLVE')]).toEqual([6, []]);
    expect(stderr).toMatch(message);
    expect(stderr.replace(/\s+/g, ' ')).toContain('cart:17');
    expect(stderr).toContain('policy.mjs');
    expect(stderr).not.toContain('bug');
  });
  test('without a function is usage', async () => {
    const path = policy('export default 1;');
    expect((await runCommand(SplitBrainMerge, ['--policy', path, '--yes', ...node])).exitCode).toBe(2);
  });
});

describe('the history', () => {
  test('lists incidents, and says what to do when there is none', async () => {
    const { json } = await runCommand(SplitBrainHistory, ['--json', ...node]);
    expect(json.incidents.map((one: { id: string }) => one.id)).toEqual(['77aa', '3f9c21ab', '3f00']);
    cluster.member('a').node.handlers.INCIDENTS = () => ({ incidents: [] });
    expect((await runCommand(SplitBrainHistory, node)).stdout).toContain('next:');
    expect((await runCommand(SplitBrainShow, ['latest', ...node])).exitCode).toBe(7);
  });
  test('an incident is found by a prefix that only it has, and by latest', async () => {
    const idOf = async (wanted: string) => (await runCommand(SplitBrainShow, [wanted, '--json', ...node])).json;
    expect((await idOf('3f9')).incident.id).toBe('3f9c21ab');
    expect((await idOf('latest')).incident.id).toBe('77aa');
    expect(Object.keys(await idOf('3f9'))).toEqual(['incident', 'summary', 'setAside', 'total', 'truncated']);
    expect((await idOf('3f')).error).toMatchObject({ code: 'unknown-incident', exitCode: 7 });
    expect((await idOf('zz')).error.message).toContain('zz');
  });
  test('show lists what was set aside with the command to restore it', async () => {
    const { stdout } = await runCommand(SplitBrainShow, ['3f9', ...node]);
    expect(stdout).toContain('restore one: mneme split-brain undo 3f9c21ab --key cart:17');
  });
});

describe('split-brain undo', () => {
  test('of a part of the keys is asked for and carried out as that part', async () => {
    const flags = ['--prefix', 'cart:', '--only', 'deleted', '--yes'];
    await runCommand(SplitBrainUndo, ['3f9', ...flags, ...node]);
    const scope = { prefixBase64: base64('cart:'), only: 'deleted' };
    expect(calls('a', 'UNDO')).toMatchObject([{ ...scope, dryRun: true }, scope]);
  });

  test('shows what it would do, asks, and does it', async () => {
    const { stdout, stderr } = await runCommand(
      SplitBrainUndo,
      ['3f9', ...node],
      person({ confirm: async () => true }),
    );
    expect(stderr).toContain('2 values written anew (16 B), 1 value left alone');
    expect(stdout).toContain('take this back: mneme split-brain undo 88bb');
    expect(stderr).toMatch(/KEY +ACTION +NOW +BECOMES[\s\S]*cart:17 +restore/);
    const page = { limit: 20, offset: 0, groups: 10 };
    expect(calls('a', 'UNDO')).toEqual([
      { incident: '3f9c21ab', ...page, dryRun: true },
      { incident: '3f9c21ab', ...page, asked: expect.stringMatching(/^.+@.+$/) },
    ]);
  });
  test('of what was not set aside is exit code 6, and nobody is asked', async () => {
    const nothing = { restored: 0, undoIncident: null, sample: [] };
    const reply = (incidentId: string, skipped: number) => undoReply({ ...nothing, incident: incidentId, skipped });
    cluster.member('a').node.handlers.UNDO = ({ incident: id }) => reply(id, 0);
    const missing = await runCommand(SplitBrainUndo, ['3f9', '--key', 'nope', '--yes', ...node]);
    expect([missing.exitCode, missing.stderr]).toEqual([6, expect.stringContaining('set nothing aside of key "nope"')]);
    expect(missing.stderr).toContain('mneme split-brain show 3f9c21ab');
    cluster.member('a').node.handlers.UNDO = ({ incident: id }) => reply(id, 2);
    const skipped = await runCommand(SplitBrainUndo, ['3f9', '--yes', ...node]);
    expect([skipped.exitCode, skipped.stdout]).toEqual([6, expect.stringContaining('2 values left alone')]);
    expect(calls('a', 'UNDO')).toMatchObject([{ dryRun: true }, { dryRun: true }]);
  });
  test('says so where less was restored than was shown', async () => {
    cluster.member('a').node.handlers.UNDO = ({ incident: id, dryRun }) =>
      undoReply({ incident: id, restored: dryRun ? 2 : 1, skipped: 0, undoIncident: '88bb', sample: [] });
    const { stdout } = await runCommand(SplitBrainUndo, ['3f9', '--yes', ...node]);
    expect(stdout).toContain('2 values had been shown: others were written again, or expired, in between');
  });
  test('a dry run, one key, and no', async () => {
    const dry = await runCommand(SplitBrainUndo, ['3f9', '--key', 'cart:17', '--dry-run', '--json', ...node]);
    expect([dry.exitCode, dry.json.dryRun]).toEqual([0, true]);
    expect(calls('a', 'UNDO')).toMatchObject([
      { incident: '3f9c21ab', keyBase64: base64('cart:17'), database: 0, dryRun: true },
    ]);
    const no = await runCommand(SplitBrainUndo, ['3f9', ...node], person({ confirm: async () => false }));
    expect([no.exitCode, calls('a', 'UNDO')]).toMatchObject([5, [{ dryRun: true }, { dryRun: true }]]);
  });
});

describe('split-brain resolve', () => {
  const choose = (...answers: string[]) => ({
    confirm: async () => true,
    select: (async () => answers.shift()) as Terminal['select'],
  });
  test('walks through: what happened, choose, see the plan, confirm', async () => {
    const { stdout, stderr, exitCode } = await runCommand(SplitBrainResolve, node, choose('promote', 'b'));
    expect(exitCode).toBe(0);
    expect(stdout).toContain('SPLIT-BRAIN since');
    expect(stderr).toContain('Plan:');
    expect(calls('b', 'RESOLVE')).toMatchObject([{ strategy: { kind: 'promote', node: 'b' } }]);
  });
  test('without a split-brain there is nothing to resolve: exit code 6', async () => {
    const whole = await startCluster({ a: { b: 'in-sync' }, b: { a: 'in-sync' } });
    const { exitCode } = await runCommand(SplitBrainResolve, ['--node', whole.at('a')], choose());
    await whole.stop();
    expect(exitCode).toBe(6);
  });
  test('leaving it as it is is declining', async () => {
    expect((await runCommand(SplitBrainResolve, node, choose('leave'))).exitCode).toBe(5);
  });
  test('without a terminal it names the commands to use instead', async () => {
    const { exitCode, stderr } = await runCommand(SplitBrainResolve, node);
    expect(exitCode).toBe(5);
    expect(stderr).toContain('mneme split-brain merge --yes');
  });
});
