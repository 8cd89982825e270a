import { describe, expect, test } from '@jest/globals';
import { valueText } from '../../src/cli/views/entry-version.js';
import { table } from '../../src/cli/views/table.js';
import { columnsOf, cutTo, grouped, printable, printableLines, wrapTo } from '../../src/cli/views/text.js';
import { assessSurvey } from '../../src/operations/cluster/status.js';
import { entry } from './fixtures.js';
import { GALLERY, SURVEYS } from './gallery.js';

const ESCAPE = String.fromCharCode(27);
const ANSI = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g');
/** Lines that hold a command to be copied are never broken, and events neither: programs look through them. */
const COPIED =
  /^(\d{4}-\d\d-\d\d [\d:.]{12} |(next|restore( one| all)?|look|undo|take this back|stop|log|data|serving|error):)/;

describe.each(Object.entries(GALLERY))('the view of %s', (_name, view) => {
  test.each([60, 80, 120, 200])('fits %i columns', (width) => {
    const wide = view({ width, color: false })
      .split('\n')
      .filter((line) => columnsOf(line) > width && !COPIED.test(line));
    expect(wide).toEqual([]);
  });

  test('has no escape sequences without colour, and says the same with it', () => {
    const plain = view({ width: 80, color: false });
    const coloured = view({ width: 80, color: true });
    expect(plain).not.toContain(ESCAPE);
    expect(coloured.replace(ANSI, '')).toBe(plain);
    expect(plain).not.toMatch(/undefined|NaN|\[object/);
  });

  test('leaves no trailing spaces', () => {
    expect(view({ width: 100, color: false })).not.toMatch(/ $/m);
  });
});

describe('the headline of the status', () => {
  const page = { width: 100, color: false };
  const headOf = (name: string) => GALLERY[`cluster status, ${name}`]!(page).split('\n').slice(0, 2);

  test('says that all is in sync, and nothing to do', () => {
    expect(headOf('inSync')).toEqual(['In sync: all 3 members', '']);
  });
  test('names the next command in a split-brain', () => {
    const [head, next] = headOf('split');
    expect(head).toMatch(/^SPLIT-BRAIN since .* \(4 min\): a b \| c$/);
    expect(next).toBe('next: mneme split-brain plan');
  });
  test('tells a partition from a node that may be dead by asking that node', () => {
    expect(headOf('partition')[0]).toBe('PARTITION for 3 min: a b | c');
    expect(headOf('nodeDown')[0]).toBe('PARTITION or down: nobody hears c (3 min), and no answer here');
  });
  test('names who catches up, and not who waits for it', () => {
    expect(headOf('catchingUp')[0]).toBe('Catching up: b');
  });
  test('is unhealthy when split, parted or down, and healthy while catching up', () => {
    const healthy = Object.entries(SURVEYS).filter(([, survey]) => assessSurvey(survey).healthy);
    expect(healthy.map(([name]) => name)).toEqual(['inSync', 'alone', 'limited', 'full', 'catchingUp']);
  });
  test('comes with a matrix only when the members see each other differently', () => {
    expect(GALLERY['cluster status, split']!(page)).toContain('SEES →');
    expect(GALLERY['cluster status, nodeDown']!(page)).not.toContain('SEES →');
  });
});

describe('text from a cache', () => {
  test('cannot drive the terminal', () => {
    expect(printable(Buffer.from('\u001b[2Jhello there'))).toBe('\\u{1b}[2Jhello there');
    expect(printable(Buffer.from('line\nnext\u202e'))).toBe('line\\nnext\\u{202e}');
    expect(printableLines(Buffer.from('a\n\tb\u001b[2J'))).toBe('a\n\tb\\u{1b}[2J');
  });
  test('is hex when it is not text', () => {
    expect(printable(Uint8Array.of(0, 255))).toBe('0x00ff');
    expect(printable(Uint8Array.of(0, 1, 2))).toBe('0x000102');
  });
  test('may be cut within a character', () => {
    expect(printable(Buffer.from('aé').subarray(0, 2), true)).toBe('a');
    expect(printable(Buffer.from('aé').subarray(0, 2), false)).toBe('0x61c3');
  });
  test('is measured in columns, not characters', () => {
    expect(columnsOf('日本e\u0301')).toBe(5);
    expect(cutTo('日本語のキー', 7)).toBe('日本語…');
    expect(wrapTo('日本語', 1)).toEqual(['日', '本', '語']);
  });
  test('numbers from five digits on are grouped', () => {
    expect([grouped(1234), grouped(12345), grouped(1234567)]).toEqual(['1234', '12 345', '1 234 567']);
  });
});

describe('a table', () => {
  const columns = [{ head: 'A' }, { head: 'B', overflow: 'cut' as const }, { head: 'C', optional: 1 }];
  test('drops optional columns before it cuts to nothing', () => {
    const text = table(columns, [['1', 'x'.repeat(50), 'optional']], { width: 20, color: false });
    expect(text).not.toContain('optional');
    expect(Math.max(...text.split('\n').map(columnsOf))).toBeLessThanOrEqual(20);
  });
  test('keeps all columns where they fit', () => {
    expect(table(columns, [['1', 'two', 'three']], { width: 20, color: false })).toBe('A  B    C\n1  two  three');
  });
});

test('what was changed of a sorted set is told by its elements, a dump of one by its length', () => {
  expect(valueText(entry('board', 'ann: 7.5', 'a', { type: 'zset' }), 0)).toBe('ann: 7.5');
  expect(valueText(entry('board', '\x05\x01\x03ann', 'a', { type: 'zset' }), 0)).toBe('zset (6 B dumped)');
});
