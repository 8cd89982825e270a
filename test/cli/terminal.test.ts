import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { formatAddress, parseAddress } from '../../src/admin/protocol/address.js';
import { failureOf } from '../../src/cli/failure.js';
import { heightOf, pageOf } from '../../src/cli/page.js';
import { Progress, progressText } from '../../src/cli/progress.js';
import { questionText } from '../../src/cli/terminal.js';
import { untilInterrupted, watch } from '../../src/cli/watch.js';
import { splitLines } from '../../src/operations/entry/split-lines.js';

function stream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const through = Object.assign(new PassThrough(), { isTTY, columns: 40 });
  const chunks: Buffer[] = [];
  through.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream: through as unknown as NodeJS.WriteStream, text: () => Buffer.concat(chunks).toString() };
}

test('a question that is longer than the terminal is broken between words, with room for the answer', () => {
  const question =
    'Carry this out (merge lww): 2 conflicts decided, 0 changes of one island, 2 values set aside (9 B)?';
  const lines = questionText(question, 80).split('\n');
  expect(lines.join(' ')).toBe(question);
  for (const line of lines) expect(`? ${line} (y/N) yes`.length).toBeLessThanOrEqual(80);
});

describe('a page', () => {
  const terminal = { isTTY: true, columns: 132 } as NodeJS.WriteStream;
  test('has colour in a terminal, unless NO_COLOR or a dumb one says no', () => {
    expect(pageOf(terminal, {})).toEqual({ width: 132, color: true });
    expect(pageOf(terminal, { NO_COLOR: '1' }).color).toBe(false);
    expect(pageOf(terminal, { NO_COLOR: '' }).color).toBe(true);
    expect(pageOf(terminal, { TERM: 'dumb' }).color).toBe(false);
  });
  test('in a terminal that says it has no columns and no rows is as wide and high as in a pipe', () => {
    const unknown = { isTTY: true, columns: 0, rows: 0 } as NodeJS.WriteStream;
    expect(pageOf(unknown, {}).width).toBe(80);
    expect(pageOf(unknown, { COLUMNS: '64' }).width).toBe(64);
    expect(heightOf(unknown)).toBe(24);
  });
  test('in a pipe has no colour and a width of its own', () => {
    expect(pageOf({} as NodeJS.WriteStream, {})).toEqual({ width: 80, color: false });
    expect(pageOf({} as NodeJS.WriteStream, { COLUMNS: '64' }).width).toBe(64);
  });
});

describe('an error', () => {
  test('that nobody foresaw is a bug, exit code 1', () => {
    expect(failureOf(new TypeError('x is undefined'))).toEqual({
      code: 'bug',
      message: 'x is undefined',
      next: null,
      note: null,
      exitCode: 1,
    });
    expect(failureOf('thrown text').message).toBe('thrown text');
  });
});

describe('a watch', () => {
  const round = async (isTTY: boolean, draw: () => Promise<string>, rounds: number) => {
    const out = stream(isTTY);
    const controller = new AbortController();
    let drawn = 0;
    const counted = async () => {
      if (++drawn >= rounds) controller.abort();
      return draw();
    };
    await watch(counted, { everyMs: 1, signal: controller.signal, stream: out.stream });
    return out.text();
  };
  test('draws over itself in a terminal, and one after the other elsewhere', async () => {
    expect(await round(true, async () => 'picture', 2)).toMatch(/^\S*picture.*\n\S+picture/s);
    expect(await round(false, async () => 'picture', 2)).toBe('picture\npicture\n');
  });
  test('elsewhere has a heading above each picture, if it is given one', async () => {
    const out = stream(false);
    const controller = new AbortController();
    const draw = async () => {
      controller.abort();
      return 'picture';
    };
    await watch(draw, { everyMs: 1, signal: controller.signal, stream: out.stream, heading: () => '--- now' });
    expect(out.text()).toBe('--- now\npicture\n');
  });
  test('keeps the headline in view in a low terminal, and says what has no room', async () => {
    const out = stream(true);
    Object.assign(out.stream, { rows: 12 });
    const controller = new AbortController();
    const draw = async () => {
      controller.abort();
      return ['headline', ...Array.from({ length: 19 }, (_, i) => `line ${i}`)].join('\n');
    };
    await watch(draw, { everyMs: 1, signal: controller.signal, stream: out.stream });
    expect(out.text()).toContain('headline');
    expect(out.text()).toContain('line 8');
    expect(out.text()).not.toContain('line 9');
    expect(out.text()).toContain('… 10 more lines');
    expect(out.text().split('\n').length).toBeLessThanOrEqual(12);
  });
  test('ends by q, and leaves the terminal as it was', () => {
    const modes: boolean[] = [];
    const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => modes.push(on) });
    const signal = untilInterrupted(keys as unknown as NodeJS.ReadStream);
    keys.emit('data', Buffer.from('x'));
    expect(signal.aborted).toBe(false);
    keys.emit('data', Buffer.from('q'));
    expect(signal.aborted).toBe(true);
    expect(modes).toEqual([true, false]);
  });
  test('goes on when the node goes away, but not when it was never there', async () => {
    let calls = 0;
    const draw = async () => {
      if (++calls === 2) throw new Error('gone');
      return 'picture';
    };
    expect(await round(false, draw, 3)).toBe('picture\nerror: gone\n(trying again)\npicture\n');
    await expect(round(false, () => Promise.reject(new Error('never')), 1)).rejects.toThrow('never');
  });
});

describe('progress', () => {
  test('is one line in a terminal and sparse lines elsewhere', () => {
    for (const [isTTY, expected] of [
      [true, '\r\u001b[Kone\r\u001b[Ktwo\r\u001b[K'],
      [false, 'two\n'],
    ] as const) {
      const out = stream(isTTY);
      let nowMs = 0;
      const progress = new Progress(out.stream, () => nowMs);
      progress.show('at once');
      nowMs = 200;
      progress.show('one');
      nowMs = 6000;
      progress.show('two');
      progress.end();
      expect(out.text()).toBe(expected);
    }
  });
  test('counts to 100 %, even when more came than was expected', () => {
    expect(progressText(50, 200)).toBe('50 of 200 entries, 25 %');
    expect(progressText(210, 200)).toBe('210 of 210 entries, 100 %');
    expect(progressText(5, 0)).toBe('5 entries');
  });
});

describe('lines of a stream', () => {
  const text = 'one\r\n\nthree\nlast';
  const read = async (chunks: string[], most?: number) => {
    const lines: [number, string | null][] = [];
    async function* input() {
      for (const chunk of chunks) yield Buffer.from(chunk);
    }
    for await (const { number, bytes } of splitLines(input(), most)) lines.push([number, bytes?.toString() ?? null]);
    return lines;
  };
  test('are the same whole and byte by byte', async () => {
    const expected = [
      [1, 'one'],
      [2, ''],
      [3, 'three'],
      [4, 'last'],
    ];
    expect(await read([text])).toEqual(expected);
    expect(await read([...text])).toEqual(expected);
    expect(await read([])).toEqual([]);
  });
  test('that are too long are skipped, and the next ones are not', async () => {
    expect(await read(['a'.repeat(30), 'a\nb\n'], 20)).toEqual([
      [1, null],
      [2, 'b'],
    ]);
  });
});

describe('an address', () => {
  test.each([
    ['10.0.0.1:7000', '10.0.0.1:7000'],
    ['node-a', 'node-a:7379'],
    [':7000', '127.0.0.1:7000'],
    ['7000', '127.0.0.1:7000'],
    ['[::1]:7000', '[::1]:7000'],
    ['[fe80::1]', '[fe80::1]:7379'],
  ])('%s is %s', (text, expected) => {
    expect(formatAddress(parseAddress(text))).toBe(expected);
  });
  test.each(['', 'a:b', 'a:70000', 'a b:1'])('%j is none', (text) => {
    expect(() => parseAddress(text)).toThrow(/is not an address/);
  });
});
