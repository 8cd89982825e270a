import type { ConflictView, KeyName, PickRequest } from '../../admin/protocol/api.js';
import { isAfter, versionName, versionOf } from '../../core/model/version.js';
import { idOf, nameOf } from './key-name.js';

/** What is taken: an island's version, or of a key that was deleted here and changed there, the value or the delete. */
export type Taken = number | 'value' | 'delete';

/** Why keys are conflicts, as the desk takes them together. */
export type TakenReason = ConflictView['kind'] | 'uncertain';

/** One thing that an operator did at the desk; of several that fit a key the latest counts. */
export type DeskPick =
  /** `at`: the place of the conflict when it was picked. */
  | {
      readonly of: 'key';
      readonly id: string;
      readonly name: KeyName;
      readonly versions: string;
      readonly take: number;
      readonly at: number;
    }
  | { readonly of: 'prefix'; readonly prefix: Buffer; readonly take: Taken }
  | { readonly of: 'reason'; readonly reason: TakenReason; readonly take: Taken };

/**
 * The picks of an operator, kept as what was done rather than key by key: however many keys one of them covers, it takes no more
 * room, and is undone at once.
 */
export class DeskPicks {
  private readonly done: DeskPick[] = [];
  /** Places in `done`, the latest last. */
  private readonly ofKey = new Map<string, number[]>();
  private readonly ofMany: number[] = [];
  /** From a saved plan, by key: counts where nothing that was done covers the key. */
  private readonly saved = new Map<string, { versions: string; stands: string }>();

  get length(): number {
    return this.done.length;
  }

  takeKey(conflict: ConflictView, island: number, at = 0): void {
    this.add({
      of: 'key',
      id: idOf(conflict),
      name: nameOf(conflict),
      versions: versionsOf(conflict),
      take: island,
      at,
    });
  }

  takePrefix(prefix: Buffer, take: Taken): void {
    this.add({ of: 'prefix', prefix, take });
  }

  takeReason(reason: TakenReason, take: Taken): void {
    this.add({ of: 'reason', reason, take });
  }

  /** What a saved plan says about a key. */
  load(pick: PickRequest): void {
    const { candidates, stands } = pick;
    const names = candidates.map(versionName);
    this.saved.set(idOf(pick), { versions: names.join(' '), stands: names[stands] ?? '' });
  }

  /** Take the last one back; undefined: there is none. */
  undo(): DeskPick | undefined {
    const last = this.done.pop();
    if (last?.of === 'key') this.ofKey.get(last.id)?.pop();
    else if (last !== undefined) this.ofMany.pop();
    return last;
  }

  /** The island that was picked for a key; null: none was, or among other versions than these. */
  pickOf(conflict: ConflictView): number | null {
    if (conflict.follows === true) return null;
    const own = this.ofKey.get(idOf(conflict)) ?? [];
    for (let i = own.length - 1, j = this.ofMany.length - 1; i >= 0 || j >= 0; ) {
      const isOwn = (own[i] ?? -1) > (this.ofMany[j] ?? -1);
      const island = islandOf(this.done[isOwn ? own[i--]! : this.ofMany[j--]!]!, conflict);
      if (island !== null) return island;
    }
    return this.savedPick(conflict);
  }

  private savedPick(conflict: ConflictView): number | null {
    const saved = this.saved.get(idOf(conflict));
    if (saved?.versions !== versionsOf(conflict)) return null;
    return conflict.versions.findIndex((one) => one !== null && versionName(one) === saved.stands);
  }

  private add(pick: DeskPick): void {
    const place = this.done.push(pick) - 1;
    if (pick.of !== 'key') this.ofMany.push(place);
    else this.ofKey.set(pick.id, [...(this.ofKey.get(pick.id) ?? []), place]);
  }
}

/** A pick as a node takes it. */
export function pickRequest(conflict: ConflictView, island: number): PickRequest {
  const { versions } = conflict;
  const islands = versions.flatMap((one, i) => (one === null ? [] : [i]));
  const candidates = islands.map((i) => versionOf(versions[i]!));
  return { ...nameOf(conflict), candidates, stands: islands.indexOf(island) };
}

// ---------------------------------------------------------------------------------------------------------------------

/** The island whose version a pick takes of a key; null: it is not about that key, or there is no such version. */
function islandOf(pick: DeskPick, conflict: ConflictView): number | null {
  if (pick.of === 'key') return pick.versions === versionsOf(conflict) ? pick.take : null;
  const isAbout =
    pick.of === 'prefix'
      ? Buffer.from(conflict.keyBase64, 'base64').subarray(0, pick.prefix.length).equals(pick.prefix)
      : pick.reason === 'uncertain'
        ? conflict.uncertain
        : conflict.kind === pick.reason;
  return isAbout ? takenIsland(pick.take, conflict) : null;
}

function takenIsland(take: Taken, { versions }: ConflictView): number | null {
  if (typeof take === 'number') return versions[take] == null ? null : take;
  let best = -1;
  for (const [i, one] of versions.entries()) {
    if (one === null || one.tombstone !== (take === 'delete')) continue;
    if (best < 0 || isAfter(one, versions[best]!)) best = i;
  }
  return best < 0 ? null : best;
}

function versionsOf({ versions }: ConflictView): string {
  return versions.flatMap((one) => (one === null ? [] : [versionName(one)])).join(' ');
}
