import { Flags } from '@oclif/core';
import { ROW_CLASSES, type RowClass } from '../admin/protocol/api.js';
import { OperatorError } from '../core/model/errors.js';
import type { RowsWanted } from '../operations/split-brain/rows-wanted.js';
import { limitFlag } from './flags.js';

/** The flags by which keys are shown, the same wherever there may be very many. */
export interface RowFlags {
  only?: string | undefined;
  prefix?: string | undefined;
  island?: string | undefined;
  limit: number;
  offset: number;
  wide: boolean;
}

/** @param what what is done with the keys that a filter names: `show only` where it shapes what is shown, and no more. */
export function rowFlags(limit: number, what = 'show only') {
  return {
    ...filterFlags(what),
    limit: limitFlag(limit),
    offset: Flags.integer({ default: 0, min: 0, helpValue: 'COUNT', summary: 'leave out this many first' }),
    wide: wideFlag,
  };
}

export const wideFlag = Flags.boolean({
  summary: 'a cell with several lines for each version, instead of one line a key',
});

export function filterFlags(what: string) {
  return {
    only: Flags.string({
      options: [...ROW_CLASSES],
      summary: `${what} keys that several islands changed, that one did, that one deleted, or whose order is uncertain`,
    }),
    prefix: Flags.string({ helpValue: 'TEXT', summary: `${what} keys that begin with this` }),
    island: Flags.string({
      helpValue: 'ISLAND',
      summary: `${what} keys that this island changed: its number, or the name of a member`,
    }),
  };
}

export function rowsWanted({ limit, offset, ...flags }: RowFlags): RowsWanted {
  return { limit, offset, ...filterWanted(flags) };
}

function filterWanted({ only, prefix, island }: Pick<RowFlags, 'only' | 'prefix' | 'island'>) {
  return {
    // The flag takes nothing else.
    ...(only === undefined ? {} : { only: only as RowClass }),
    ...(prefix === undefined ? {} : { prefix: Buffer.from(prefix, 'utf8') }),
    ...(island === undefined ? {} : { island }),
  };
}

/**
 * Where a filter shapes what is shown and nothing else, it must not be taken for a scope.
 * @throws OperatorError `usage` if nothing is shown that it could shape.
 */
export function expectNoFilter(flags: RowFlags): void {
  const given = (['only', 'prefix', 'island'] as const).filter((flag) => flags[flag] !== undefined);
  if (given.length === 0) return;
  const names = given.map((flag) => `--${flag}`).join(' and ');
  throw new OperatorError(
    'usage',
    `${names} would shape the plan that is shown, and with --yes none is: all keys would be resolved; nothing was changed`,
    `leave ${names} out, or leave --yes out to see the plan`,
  );
}
