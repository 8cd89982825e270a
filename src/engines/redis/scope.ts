import { clientKeyOf } from '../../core/model/entry.js';
import { idToKey } from './ledger.js';
import { type SlotSet, slotOf } from './slots.js';

/** Which keys a server has. A key is named by the id of its full key. */
export class Scope {
  /** @param slots null: all keys, of a Redis that is no Redis Cluster */
  constructor(public slots: SlotSet | null) {}

  get isWhole(): boolean {
    return this.slots === null;
  }

  has(id: string): boolean {
    return this.slots === null || this.slots.has(slotOfId(id));
  }

  /** Those of `ids` that are in it. */
  *of(ids: Iterable<string>): Iterable<string> {
    for (const id of ids) if (this.has(id)) yield id;
  }
}

export function slotOfId(id: string): number {
  return slotOf(clientKeyOf(idToKey(id)));
}
