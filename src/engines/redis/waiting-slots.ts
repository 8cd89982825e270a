import { slotOfId } from './scope.js';

/** How long a slot may take to be moved before the operator is told. */
const PATIENCE_MS = 5000;
/** A slot under which nothing has waited for so long is well. */
const FORGET_MS = 2500;

/** A slot whose keys neither the server that has it nor any other gives. */
export interface StuckSlot {
  readonly slot: number;
  readonly keys: number;
  readonly sinceMs: number;
}

/** Tells a slot that is just being moved from one that was left half moved. */
export class WaitingSlots {
  private readonly slots = new Map<number, { sinceMs: number; seenMs: number; keys: number }>();

  /** To be called again and again with the keys that wait. */
  note(ids: Iterable<string>, nowMs: number): void {
    const counts = new Map<number, number>();
    for (const id of ids) counts.set(slotOfId(id), (counts.get(slotOfId(id)) ?? 0) + 1);
    for (const [slot, { seenMs }] of this.slots) if (nowMs - seenMs > FORGET_MS) this.slots.delete(slot);
    for (const [slot, keys] of counts) {
      const sinceMs = this.slots.get(slot)?.sinceMs ?? nowMs;
      this.slots.set(slot, { sinceMs, seenMs: nowMs, keys });
    }
  }

  /** The one that waits longest first. */
  stuck(nowMs: number): StuckSlot[] {
    return [...this.slots]
      .filter(([, { sinceMs }]) => nowMs - sinceMs >= PATIENCE_MS)
      .map(([slot, { keys, sinceMs }]) => ({ slot, keys, sinceMs }))
      .sort((a, b) => a.sinceMs - b.sinceMs);
  }
}

/** What a master says of the slots that it is giving away or taking over. */
export interface SlotMoves {
  /** The slot, and the address of the other master. */
  readonly migrating: ReadonlyMap<number, string>;
  readonly importing: ReadonlyMap<number, string>;
}

/** @param nodes a reply to CLUSTER NODES: the marks stand in the line of the server that was asked */
export function readSlotMoves(nodes: string): SlotMoves {
  const rows = nodes.split('\n').map((line) => line.trim().split(' '));
  const addresses = new Map(rows.map(([id = '', address = '']) => [id, address.replace(/@.*$/, '')]));
  const marks = (arrow: string): Map<number, string> => {
    const found = new Map<number, string>();
    for (const part of rows.find(([, , flags = '']) => flags.split(',').includes('myself')) ?? []) {
      const [, slot, id = ''] = new RegExp(`^\\[(\\d+)-${arrow}-(\\w+)\\]$`).exec(part) ?? [];
      if (slot !== undefined) found.set(Number(slot), addresses.get(id) ?? id);
    }
    return found;
  };
  return { migrating: marks('>'), importing: marks('<') };
}
