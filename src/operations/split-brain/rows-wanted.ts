import type { RowClass, RowFilterJson } from '../../admin/protocol/api.js';

/** Which keys of a plan, or of an incident, an operator wants to see, and how many of them. */
export interface RowsWanted {
  only?: RowClass;
  prefix?: Buffer;
  /** The name of a member, or the number of an island. */
  island?: string;
  limit: number;
  offset?: number;
}

/** The filter as a node takes it. */
export function filterRequest({ only, prefix, island }: Omit<RowsWanted, 'limit'>): RowFilterJson {
  return {
    ...(only === undefined ? {} : { only }),
    ...(prefix === undefined ? {} : { prefixBase64: prefix.toString('base64') }),
    ...(island === undefined ? {} : { island }),
  };
}

/** Whether they are all keys that there are. */
export function isUnfiltered({ only, prefix, island }: Omit<RowsWanted, 'limit'>): boolean {
  return only === undefined && prefix === undefined && island === undefined;
}
