import { Flags } from '@oclif/core';
import { OperatorError } from '../../core/model/errors.js';

/** Written out: the views, which know the columns, are loaded when something is shown. */
const OUTPUTS = ['table', 'wide', 'json', 'yaml', 'name'];

export interface ListFlags {
  readonly output: string;
  readonly sort?: string | undefined;
  readonly 'no-headers': boolean;
  readonly limit?: number | undefined;
  readonly offset: number;
}

/** Of every command that gives a list. `limit`: how many it shows where nothing is said; left out: all. */
export function listFlags(limit?: number) {
  return {
    output: Flags.string({
      char: 'o',
      options: OUTPUTS,
      default: 'table',
      exclusive: ['json'],
      summary: 'how: wide has more columns and cuts none, name what other commands take',
      helpGroup: 'LIST',
    }),
    sort: Flags.string({
      helpValue: 'COLUMN[:desc]',
      summary: 'order of the rows: a column by its head in small letters, with - for spaces',
      helpGroup: 'LIST',
    }),
    'no-headers': Flags.boolean({ summary: 'rows alone, nothing above or below them', helpGroup: 'LIST' }),
    limit: Flags.integer({
      min: 1,
      helpValue: 'COUNT',
      summary: 'show at most this many',
      helpGroup: 'LIST',
      ...(limit === undefined ? {} : { default: limit }),
    }),
    offset: Flags.integer({
      default: 0,
      min: 0,
      helpValue: 'COUNT',
      summary: 'leave out this many first',
      helpGroup: 'LIST',
    }),
  };
}

/**
 * What goes on and on is shown whole, line by line or picture by picture.
 * @throws OperatorError `usage` where a flag asks for a part of it
 */
export function requireWhole({ output, sort, 'no-headers': bare, limit, offset }: ListFlags, how: string): void {
  const given = [
    ...(output === 'table' || output === 'json' ? [] : [`-o ${output}`]),
    ...(sort === undefined ? [] : ['--sort']),
    ...(bare ? ['--no-headers'] : []),
    ...(limit === undefined ? [] : ['--limit']),
    ...(offset === 0 ? [] : ['--offset']),
  ];
  if (given.length === 0) return;
  throw new OperatorError(
    'usage',
    `${given.join(' and ')} does not go with ${how}`,
    `leave ${how} out, or ${given.join(' and ')}`,
  );
}

/** The output that the arguments ask for, before they are parsed: an error is told in that form too. */
export function outputOf(argv: readonly string[]): string | null {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  for (const [i, word] of words.entries()) {
    if (word === '-o' || word === '--output') return words[i + 1] ?? null;
    const [, value] = /^(?:--output=|-o=?)(.*)$/.exec(word) ?? [];
    if (value !== undefined) return value;
  }
  return null;
}
