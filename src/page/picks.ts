import type { ConflictView, EntryFacts, KeyName, PickRequest } from '../admin/protocol/api.js';

/** What was picked at the desk, key by key: among the versions that were seen, and no others. */
export class Picks {
  private readonly byKey = new Map<string, PickRequest>();

  get size(): number {
    return this.byKey.size;
  }

  get all(): PickRequest[] {
    return [...this.byKey.values()];
  }

  /** The island whose version was picked; null: none was, or it was among other versions. */
  islandOf(conflict: ConflictView): number | null {
    const pick = this.byKey.get(idOf(conflict));
    const wanted = pick?.candidates[pick.stands];
    if (wanted === undefined) return null;
    const at = conflict.versions.findIndex((one) => one?.hlc === wanted.hlc && one.origin === wanted.origin);
    return at < 0 ? null : at;
  }

  take(conflict: ConflictView, island: number): void {
    const { keyBase64, database, part, versions } = conflict;
    const islands = versions.flatMap((one, i) => (one === null ? [] : [i]));
    const candidates = islands.map((i) => nameOf(versions[i]!));
    const named = part === undefined ? { keyBase64, database } : { keyBase64, database, part };
    this.byKey.set(idOf(conflict), { ...named, candidates, stands: islands.indexOf(island) });
  }

  drop(conflict: ConflictView): void {
    this.byKey.delete(idOf(conflict));
  }

  clear(): void {
    this.byKey.clear();
  }
}

// ---

function idOf({ keyBase64, database, part }: KeyName): string {
  return `${database}/${keyBase64}${part === undefined ? '' : `/${part.kind}/${part.nameBase64}`}`;
}

function nameOf({ hlc, origin, touch }: EntryFacts): PickRequest['candidates'][number] {
  return touch === undefined ? { hlc, origin } : { hlc, origin, touch: { hlc: touch.hlc, origin: touch.origin } };
}
