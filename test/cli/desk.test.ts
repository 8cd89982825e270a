import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConflictView } from '../../src/admin/protocol/api.js';
import { declined, type Terminal } from '../../src/cli/terminal.js';
import { type DeskPage, deskView, diffView, type ShownDesk } from '../../src/cli/views/desk.js';
import { columnsOf } from '../../src/cli/views/text.js';
import SplitBrainResolve from '../../src/commands/split-brain/resolve.js';
import { DeskPicks } from '../../src/operations/split-brain/desk-picks.js';
import { valueDiff } from '../../src/operations/split-brain/value-diff.js';
import { type FakeCluster, startCluster } from './fake-cluster.js';
import { conflict, entry, incident, NO_CHANGES, NOW_MS, plan, RESOLVED } from './fixtures.js';
import { runCommand } from './run-command.js';

const both = (key: string, more: Partial<ConflictView> = {}): ConflictView =>
  conflict(key, [entry(key, `${key} of a`, 'a'), entry(key, `${key} of c`, 'c')], {
    outcome: 1,
    kind: 'changed',
    ...more,
  });
const deleted = conflict('gone', [entry('gone', 'v', 'a'), entry('gone', null, 'c')], { outcome: 1, kind: 'deleted' });

describe('picks at the desk', () => {
  test('the latest counts that is about a key and whose island has changed it', () => {
    const picks = new DeskPicks();
    expect(picks.pickOf(both('cart:1'))).toBeNull();
    picks.takePrefix(Buffer.from('cart:'), 0);
    expect([picks.pickOf(both('cart:1')), picks.pickOf(both('cart')), picks.pickOf(both('cart:2'))]).toEqual([
      0,
      null,
      0,
    ]);
    picks.takeKey(both('cart:1'), 1);
    picks.takeReason('uncertain', 0);
    expect([picks.pickOf(both('cart:1')), picks.pickOf(both('cart:1', { uncertain: true }))]).toEqual([1, 0]);
    picks.takePrefix(Buffer.from('cart:'), 2);
    expect(picks.pickOf(both('cart:1'))).toBe(1);
  });

  test('of a key that was deleted here and changed there the value is taken, or the delete', () => {
    const picks = new DeskPicks();
    picks.takeReason('deleted', 'value');
    expect(picks.pickOf(deleted)).toBe(0);
    picks.takeReason('deleted', 'delete');
    expect([picks.pickOf(deleted), picks.pickOf(both('k'))]).toEqual([1, null]);
  });

  test('are undone one by one, each at once however many keys it is about', () => {
    const picks = new DeskPicks();
    picks.takePrefix(Buffer.alloc(0), 0);
    picks.takeKey(both('k'), 1);
    expect([picks.undo()?.of, picks.pickOf(both('k'))]).toEqual(['key', 0]);
    expect([picks.undo()?.of, picks.pickOf(both('k')), picks.undo()]).toEqual(['prefix', null, undefined]);
  });

  test('of a key hold for the versions that were looked at, those of a saved plan too', () => {
    const picks = new DeskPicks();
    const seen = both('k');
    picks.takeKey(seen, 0);
    expect(picks.pickOf({ ...seen, versions: [seen.versions[0]!, entry('k', 'later', 'c', { hlc: 9 })] })).toBeNull();
    const { keyBase64, database, versions } = both('l');
    const candidates = versions.map((one) => ({ hlc: one!.hlc, origin: one!.origin }));
    picks.load({ keyBase64, database, candidates, stands: 0 });
    expect([picks.pickOf({ ...both('l'), versions }), picks.length]).toEqual([0, 1]);
  });
});

describe('a screen of the desk', () => {
  const shown: ShownDesk = {
    plan: plan({ total: 9014 }),
    policy: 'lww',
    at: 11,
    picks: 3,
    conflict: conflict(
      'cart:17',
      [entry('cart:17', 'x'.repeat(400), 'a', { valueBytes: 4000 }), entry('cart:17', null, 'c')],
      {
        outcome: 1,
        kind: 'deleted',
        uncertain: true,
        reason: 'last write, 3 ms later',
      },
    ),
    standing: { island: 0, isPicked: true },
    message: 'Taken: 12 conflicts that begin with "cart:".',
    nowMs: NOW_MS,
  };
  const many = {
    ...shown,
    plan: plan({ islands: [1, 2, 3, 4, 5, 6].map((i) => ({ members: [`n${i}`], replicas: [], changedOnlyHere: 0 })) }),
  };
  const six = {
    ...many,
    conflict: { ...shown.conflict!, versions: Array.from({ length: 6 }, () => entry('cart:17', 'v', 'a')) },
  };
  const page = (color: boolean, width = 80, height = 23): DeskPage => ({ width, height, color });

  test.each([false, true])('shows the key, all versions, what stands, and the keys (colour: %s)', (color) => {
    expect(deskView(shown, page(color))).toMatchSnapshot();
  });
  test.each([
    ['two islands', shown],
    ['six islands', six],
    ['no conflict', { ...shown, conflict: null, standing: null, plan: plan({ total: 0 }) }],
    ['a long message', { ...shown, message: 'word '.repeat(200) }],
  ])('with %s fits 80 columns and 24 rows', (_, one) => {
    const lines = deskView(one as ShownDesk, page(false)).split('\n');
    expect(lines.length).toBeLessThanOrEqual(23);
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).toContain('q leave');
  });
});

describe('the difference of two values', () => {
  const diff = (a: string | Buffer, b: string | Buffer) =>
    valueDiff(Buffer.from(a as string), Buffer.from(b as string));
  const text = (a: string | Buffer, b: string | Buffer) =>
    diff(a, b).lines?.map((one) => `${one.mark}${one.text}`.trimEnd());
  test('of JSON is by field, whatever the order of the fields', () => {
    expect(text('{"a":1,"b":[1,2],"z":0}', '{"z":0,"b":[1,3],"a":1}')).toEqual([
      '…',
      '     1,',
      '-    2',
      '+    3',
      '   ],',
      '…',
    ]);
    expect(diff('{"a":1}', '[1]').by).toBe('field');
    // Equal as numbers of JavaScript.
    expect(diff('{"a":12345678901234567890}', '{"a":12345678901234567891}').by).toBe('line');
  });
  test('of text is by line, with what is around it', () => {
    expect(text('1\n2\n3\n4\n5\n', '1\n2\nx\n4\n5\n')).toEqual(['…', ' 2', '-3', '+x', ' 4', '…']);
    expect(text('same', 'same')).toEqual(['…']);
    expect(diff('12', '{"a":1}').by).toBe('line');
  });
  test('of bytes is by byte, as a dump shows them', () => {
    const lines = text(Buffer.from('ff00616263', 'hex'), Buffer.from('ff00616264', 'hex'))!;
    expect(lines.map((one) => one.replace(/ {2,}/, ' '))).toEqual(['-ff 00 61 62 63 ..abc', '+ff 00 61 62 64 ..abd']);
  });
  test('of values that have too little in common is not looked for for ever', () => {
    const lines = (seed: number) => Array.from({ length: 20_000 }, (_, i) => `${i * seed}`).join('\n');
    expect(diff(lines(7), lines(11)).lines).toBeNull();
    expect(
      diffView({ title: 't', diff: { by: 'line', lines: null }, from: 0 }, { width: 80, height: 23, color: false })
        .text,
    ).toContain('too little in common');
  });
  test('is shown page by page, and a value drives no terminal', () => {
    const lines = Array.from({ length: 40 }, (_, i) => ({ mark: '+' as const, text: `\u001b[2J${i}` }));
    const first = diffView(
      { title: 't', diff: { by: 'line', lines }, from: 0 },
      { width: 80, height: 23, color: false },
    );
    expect(first.text.split('\n')).toHaveLength(22);
    expect([first.next, first.text.includes('\u001b')]).toEqual([18, false]);
    const last = diffView(
      { title: 't', diff: { by: 'line', lines }, from: 36 },
      { width: 80, height: 23, color: false },
    );
    expect([last.next, last.text.includes('b back')]).toEqual([0, true]);
  });
});

const HELD = { held: 1, missed: 0, missedKeys: [], unpicked: 0, unpickedKeys: [] };

describe('a person at the desk', () => {
  let cluster: FakeCluster;
  let directory: string;
  let node: string[];
  const rows = [both('cart:1'), both('cart:2'), deleted];
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'mneme-desk-'));
    cluster = await startCluster({ a: { c: 'held' }, c: { a: 'held' } }, { incidents: [incident()] });
    node = ['--node', cluster.at('a')];
    const { handlers } = cluster.member('a').node;
    handlers.PLAN = ({ offset, limit, prefixBase64 }) => {
      const found = prefixBase64 === undefined ? rows : rows.slice(0, 2);
      const conflicts = found.slice(offset, offset + limit);
      const picks = { held: 1, missed: 0, missedKeys: [], unpicked: 2, unpickedKeys: [] };
      return plan({ conflicts, total: found.length, truncated: offset + limit < found.length, picks });
    };
    handlers.DECIDE = ({ picks = [] }) => ({ decided: picks.length, missed: [] });
    handlers.RESOLVE = () => ({ incident: RESOLVED, changes: NO_CHANGES, askAbout: null });
  });
  afterEach(async () => {
    await cluster.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  function person(keys: string, answers: { select?: string[]; input?: string[]; confirm?: boolean[] }) {
    const typed = [...keys];
    const screens: string[] = [];
    const terminal: Partial<Terminal> = {
      key: async (screen, taken) => {
        screens.push(screen);
        const key = typed.shift()!;
        if (key === 'C') throw declined();
        if (key !== 'x') expect(taken).toContain(key);
        return key;
      },
      select: (async () => answers.select!.shift()) as Terminal['select'],
      input: async () => answers.input!.shift()!,
      confirm: async () => answers.confirm!.shift()!,
    };
    return { terminal, screens };
  }

  test('picks one, sees the next, takes it back, and applies what was picked, exactly', async () => {
    const { terminal, screens } = person('12ua', { select: ['desk'], confirm: [true] });
    const { exitCode, stdout } = await runCommand(SplitBrainResolve, node, terminal);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('1 key as picked')]);
    expect(screens.map((screen) => screen.split('\n')[0])).toEqual([
      'Conflict 1 of 3, 0 picks, the rest by lww',
      'Conflict 2 of 3, 1 pick, the rest by lww',
      'Conflict 3 of 3, 2 picks, the rest by lww',
      // Back at the key whose pick was taken back.
      'Conflict 2 of 3, 1 pick, the rest by lww',
    ]);
    const { keyBase64 } = rows[0]!;
    expect(cluster.member('a').node.callsOf('DECIDE')).toMatchObject([{ picks: [{ keyBase64, stands: 0 }] }]);
    expect(cluster.member('a').node.callsOf('RESOLVE')).toMatchObject([
      { exact: true, strategy: { policy: 'custom', name: 'picks', otherwise: 'lww' } },
    ]);
  });

  test('who says no to the question is at the desk again, and after no to a plan at the choices', async () => {
    const { terminal, screens } = person('1aq', { select: ['lww', 'desk'], confirm: [false, false, true] });
    const { exitCode, stderr } = await runCommand(SplitBrainResolve, node, terminal);
    expect([exitCode, stderr]).toEqual([5, expect.stringContaining('Nothing was changed.')]);
    expect(screens.at(-1)).toContain('1 pick');
    expect(screens.at(-1)).toContain('Nothing was changed.');
    expect(cluster.member('a').node.callsOf('RESOLVE')).toEqual([]);
  });

  test('takes many at once, saves, and goes on with the saved plan', async () => {
    const file = join(directory, 'friday.plan');
    const first = person('trs', { select: ['desk', '0', 'deleted', 'value'], input: ['cart:', file] });
    const { exitCode, stdout } = await runCommand(SplitBrainResolve, node, first.terminal);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Saved friday.plan: 3 keys. Nothing was changed.')]);
    expect(stdout).toContain(`mneme split-brain merge --plan ${file}`);
    expect(readFileSync(file, 'utf8').match(/^island-.*"/gm)).toEqual([
      'island-1 "cart:1"',
      'island-1 "cart:2"',
      'island-1 "gone"',
    ]);
    const again = person('q', {});
    await runCommand(SplitBrainResolve, ['--plan', file, ...node], again.terminal);
    expect(again.screens[0]).toMatch(/the rest by friday.plan, else lww[\s\S]*1: a.*→ stands, picked/);
  });

  test('is told what a key or a number does not do, and stays where they are', async () => {
    const { terminal, screens } = person('xggq', { select: ['desk'], input: ['999', '3'] });
    await runCommand(SplitBrainResolve, node, terminal);
    expect(screens[1]).toMatch(/Conflict 1 of 3[\s\S]*"x" is none of the keys below/);
    expect(screens[2]).toMatch(/Conflict 1 of 3[\s\S]*"999" is no conflict's number: they are 1 to 3/);
    expect(screens[3]).toContain('Conflict 3 of 3');
  });

  test('who presses Ctrl-C is asked about picks as who presses q', async () => {
    const { terminal, screens } = person('1CC', { select: ['desk'], confirm: [false, true] });
    expect((await runCommand(SplitBrainResolve, node, terminal)).exitCode).toBe(5);
    expect(screens).toHaveLength(3);
    const without = person('C', { select: ['desk'] });
    expect((await runCommand(SplitBrainResolve, node, without.terminal)).exitCode).toBe(5);
  });

  test('has no arrow where the policy leaves a conflict to them, and cannot apply before they have picked', async () => {
    const left = { ...both('cart:1'), outcome: null, reason: 'left to the operator' };
    cluster.member('a').node.handlers.PLAN = ({ strategy }) => {
      const isPicked = strategy?.kind === 'merge' && 'decisions' in strategy && made > 0;
      const counts = { ...plan().counts, manual: isPicked ? 0 : 1 };
      return plan({ conflicts: [isPicked ? { ...left, outcome: 0 } : left], total: 1, counts, picks: HELD });
    };
    let made = 0;
    cluster.member('a').node.handlers.DECIDE = ({ picks = [] }) => {
      made = picks.length;
      return { decided: made, missed: [] };
    };
    const { terminal, screens } = person('a1a', { select: ['desk'], confirm: [true] });
    expect((await runCommand(SplitBrainResolve, node, terminal)).exitCode).toBe(0);
    expect(screens[0]).toContain('left to you');
    expect(screens[0]).not.toContain('→');
    expect(screens[1]).toContain('1 conflict is left to you: "cart:1"; nothing was changed');
    expect(screens[2]).toContain('→ stands, picked');
  });

  test('leaves with picks only after a question', async () => {
    const { terminal, screens } = person('1qq', { select: ['desk'], confirm: [false, true] });
    expect((await runCommand(SplitBrainResolve, node, terminal)).exitCode).toBe(5);
    expect(screens).toHaveLength(3);
  });
});
