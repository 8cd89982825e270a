import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { FullScreen, type Key } from '../../src/cli/top/full-screen.js';
import { TopHistory } from '../../src/cli/top/top-history.js';
import { topOnceView } from '../../src/cli/top/top-once.js';
import { compact, sparkline } from '../../src/cli/views/sparkline.js';
import { columnsOf } from '../../src/cli/views/text.js';
import { type TopPicture, topView } from '../../src/cli/views/top.js';
import Top from '../../src/commands/top.js';
import { startCluster } from './fake-cluster.js';
import { runCommand } from './run-command.js';
import { topLook } from './top-looks.js';

function picture(members: number, height: number | null, more: Partial<TopPicture> = {}): TopPicture {
  const history = new TopHistory();
  for (let i = 0; i < 30; i++) history.add(topLook(members, i));
  return { history, selected: null, order: 'node', paused: false, trouble: null, height, ...more };
}

describe('the picture', () => {
  test.each([
    [80, 24, 3],
    [80, 24, 25],
    [66, 12, 3],
    [66, 12, 25],
    [132, 50, 9],
    [20, 5, 3],
  ])('of %d by %d has as many rows and no wider ones, with %d members', (width, height, members) => {
    const lines = topView(picture(members, height), { width, color: false }).split('\n');
    expect(lines.filter((line) => columnsOf(line) > width)).toEqual([]);
    if (width >= 66) expect(lines).toHaveLength(height);
  });

  test('says by words what colours say: it is the same without them', () => {
    const [plain, painted] = [false, true].map((color) => topView(picture(3, 24), { width: 80, color }));
    expect(stripVTControlCharacters(painted!)).toBe(plain);
  });

  test('goes along with the member that is selected, and shows its prefixes alone', () => {
    const { history } = picture(25, 24);
    const last = history.latest!.members.at(-1)!;
    const text = topView(picture(25, 24, { selected: last.replica }), { width: 80, color: false });
    expect(text).toMatch(new RegExp(`^> ${last.name} `, 'm'));
    expect(text).toContain(`HOT PREFIXES of ${last.name}`);
  });

  test('of what is asked once has all members and no keys', () => {
    const text = topOnceView([topLook(25, 0), topLook(25, 1)], { width: 80, color: false });
    expect(text.match(/^ {2}m\d\d /gm)).toHaveLength(25);
    expect(text).not.toContain('q quit');
  });

  test('tells conflicts as they come, and not those that were there before', () => {
    const history = new TopHistory();
    for (let i = 0; i < 3; i++) history.add(topLook(2, i));
    expect(history.conflicts).toEqual([0, 0, 0]);
    const { incidents, ...look } = topLook(2, 3);
    history.add({ ...look, incidents: [{ ...incidents[0]!, id: 'another', conflicts: 7 }, ...incidents] });
    expect(history.conflicts).toEqual([0, 0, 0, 7]);
  });
});

test('a sparkline has a bar for anything but zero, and a gap for what is not known', () => {
  expect(sparkline([0, 1, 50, 100, null, 100], 8, 100)).toBe('  ▁▂▅█ █');
  expect(sparkline([1, 2, 3], 2, 3)).toBe('▆█');
});

test.each([
  [null, '–'],
  [0, '0'],
  [0.42, '0.4'],
  [7, '7'],
  [9999, '9999'],
  [9999.6, '10k'],
  [123_456, '123k'],
  [999_600, '1.0M'],
  [1_234_567, '1.2M'],
])('%d is told as %s', (figure, text) => {
  expect(compact(figure)).toBe(text);
});

describe('the screen', () => {
  /** What stands in for a terminal here: it notes what is written, piece by piece. */
  function terminal() {
    const written: string[] = [];
    const listeners = new Map<string, (bytes: Buffer) => void>();
    const stream = {
      isTTY: true,
      rows: 24,
      columns: 80,
      write: (text: string) => written.push(text),
      on: () => stream,
    };
    const modes: boolean[] = [];
    const keys = {
      ...{ isTTY: true, setRawMode: (raw: boolean) => modes.push(raw), resume: () => {}, pause: () => {} },
      on: (event: string, listener: (bytes: Buffer) => void) => listeners.set(event, listener),
      off: (event: string) => listeners.delete(event),
    };
    const screen = new FullScreen(stream as never, keys as never);
    return { written, modes, screen, type: (text: string) => listeners.get('data')?.(Buffer.from(text)) };
  }

  test('is one write for a picture, which scrolls nothing and clears each line behind what it says', () => {
    const { written, screen } = terminal();
    screen.enter(
      () => {},
      () => {},
    );
    screen.draw('one\ntwo');
    expect(written.slice(1)).toEqual(['\x1b[?2026h\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J\x1b[?2026l']);
    screen.leave();
  });

  test('hides the cursor on a screen of its own, and gives both back once, however it ends', () => {
    const { written, modes, screen } = terminal();
    const before = process.listenerCount('exit');
    screen.enter(
      () => {},
      () => {},
    );
    expect(written).toEqual(['\x1b[?1049h\x1b[?25l\x1b[2J']);
    // As at an error that nobody expected.
    const [onExit] = process.listeners('exit').slice(-1) as [() => void];
    onExit();
    screen.leave();
    screen.draw('too late');
    expect(written.slice(1)).toEqual(['\x1b[?25h\x1b[?1049l']);
    expect(modes).toEqual([true, false]);
    expect(process.listenerCount('exit')).toBe(before);
  });

  test('tells keys apart, also several at a time, and those of both modes of a terminal', () => {
    const { screen, type } = terminal();
    const pressed: Key[] = [];
    screen.enter(
      (key) => pressed.push(key),
      () => {},
    );
    type('p\x1b[A\x1b[B\x1bOC\x1b[Dxq\x03');
    screen.leave();
    expect(pressed).toEqual(['pause', 'up', 'down', 'right', 'left', 'quit', 'quit']);
  });
});

describe('without a terminal', () => {
  test('it is refused, with what to type instead', async () => {
    const cluster = await startCluster({ a: {} });
    const { stdout, stderr, exitCode } = await runCommand(Top, ['--node', cluster.at('a')]);
    expect([stdout, exitCode]).toEqual(['', 5]);
    expect(stderr).toContain(`mneme top --once --node ${cluster.at('a')}`);
    await cluster.stop();
  });

  test('it is refused to look more often than helps', async () => {
    const { stderr, exitCode } = await runCommand(Top, ['--every', '10ms', '--once']);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--every 10ms is too often')]);
  });
});
