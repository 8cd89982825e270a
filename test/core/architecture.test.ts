import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { MUTANTS as CORE_MUTANTS } from '../sim/mutants.js';
import { MUTANTS as BRIDGE_MUTANTS } from '../sim/redis/mutants.js';

const TEXT = readFileSync('ARCHITECTURE.md', 'utf8');
const MUTANTS = [...CORE_MUTANTS, ...BRIDGE_MUTANTS].map(({ name }) => name);
const CHECKERS = ['test/sim/checkers', 'test/sim/redis/checkers'];

/** Rows of a table: the cells of each. */
const ROWS = TEXT.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('|--'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, ...cells]) => cells);
const RULES = ROWS.slice(ROWS.findIndex(([head]) => head === 'rule') + 1).filter((cells) => cells.length === 4);
const WORDS = ROWS.filter((cells) => cells.length === 3).map(([word]) => word!);

describe('the table of rules', () => {
  test('has a row for each of R1 to R17', () => {
    const found = RULES.flatMap(([rule]) => /^R\d+(?= )/.exec(rule!) ?? []);
    expect(found).toEqual(Array.from({ length: 17 }, (_, i) => `R${i + 1}`));
  });

  test.each(RULES)('%s: what holds it exists, and so do its mutants', (rule, holders, mutants) => {
    const files = [...holders!.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file]) => file!);
    expect([rule, files.length]).not.toEqual([rule, 0]);
    const places = files.map((file) => (file.includes('/') ? file : `${CHECKERS[0]}/${file}`));
    expect(places.filter((file) => !existsSync(file))).toEqual([]);
    const names = [...mutants!.matchAll(/\*([^*]+)\*/g)].map(([, name]) => name!);
    expect(names.filter((name) => !MUTANTS.some((one) => isNamed(one, name)))).toEqual([]);
  });

  test('leaves no checker out', () => {
    const all = CHECKERS.flatMap((folder) => readdirSync(folder).map((file) => `${folder}/${file}`));
    const named = (file: string) =>
      RULES.some(([, holders]) => holders!.includes(`\`${file.replace(`${CHECKERS[0]}/`, '')}\``));
    expect(all.filter((file) => !named(file))).toEqual([]);
  });
});

test('names only files that there are', () => {
  const paths = [...TEXT.matchAll(/`((?:src|test|bin)\/[\w./-]*\w)`/g)].map(([, path]) => path!);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});

test('explains the words that the code has of its own', () => {
  const explained = new Set(WORDS.flatMap((cell) => cell.split(/[,;] /)));
  const wanted = [
    'gate',
    'beat',
    'mark',
    'fence',
    'stub',
    'bucket',
    'verdict',
    'turn',
    'round',
    'room',
    'slice',
    'island',
  ];
  expect(wanted.filter((word) => !explained.has(word))).toEqual([]);
});

/** "a touch …" stands for all that begin so. */
function isNamed(mutant: string, name: string): boolean {
  return name.endsWith('…') ? mutant.startsWith(name.slice(0, -1)) : mutant === name;
}
