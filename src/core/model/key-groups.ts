/** Groups of which the numbers are kept apart. Where there are more, the small ones go into one. */
const TRACKED_MAX = 4096;
const KEPT_AT_CUT = 1024;
/** A beginning longer than this names no group. */
const LOOKED_AT = 64;

/** The keys that begin alike, and the sums over them. */
export interface KeyGroup {
  /** A key id: the database, then what all of its keys begin with. */
  readonly id: string;
  readonly sums: readonly number[];
}

export interface TopGroups {
  /** The largest first, by their first sum. */
  readonly groups: readonly KeyGroup[];
  /** All others, and how many there are; null: none. */
  readonly other: { readonly groups: number; readonly sums: readonly number[] } | null;
  readonly total: readonly number[];
}

/**
 * The group of a key: its beginning up to and with the first `:`, `/`, `|` or `#`; where it has none, the first `.`, `-` or `_`. Two digits
 * in a row are taken for an id, and end the group before them. A key with nothing of that is of the group of its database.
 * @param asked a beginning of the id that was asked for: the group is what follows it, so that a group can be looked into.
 */
export function groupOf(id: string, asked = 1): string {
  let weak = -1;
  const end = Math.min(id.length, asked + LOOKED_AT);
  for (let at = asked; at < end; at++) {
    const code = id.charCodeAt(at);
    if (isStrong(code)) return id.slice(0, at + 1);
    if (weak < 0 && isWeak(code)) weak = at + 1;
    if (isDigit(code) && isDigit(id.charCodeAt(at + 1))) return id.slice(0, weak < 0 ? at : weak);
  }
  return id.slice(0, weak < 0 ? asked : weak);
}

/**
 * Sums over keys by how they begin, in bounded memory. Of more than some thousand groups the smallest go into one, and what comes later of
 * them too: the totals are right whatever the keys are.
 */
export class KeyGroups {
  private readonly groups = new Map<string, number[]>();
  private readonly total: number[];
  private readonly other: number[];
  private dropped = 0;

  /** @param asked the beginning of the ids that are added, as for `groupOf`. */
  constructor(
    private readonly width: number,
    private readonly asked = 1,
  ) {
    this.total = new Array<number>(width).fill(0);
    this.other = new Array<number>(width).fill(0);
  }

  /** One number for each of the sums. */
  add(id: string, amounts: readonly number[]): void {
    addTo(this.of(groupOf(id, Math.min(this.asked, id.length))), amounts);
    addTo(this.total, amounts);
  }

  top(most: number): TopGroups {
    const all = this.bySize();
    const rest = all.slice(most);
    const other = [...this.other];
    for (const { sums } of rest) addTo(other, sums);
    const count = this.dropped + rest.length;
    return {
      groups: all.slice(0, most),
      other: count === 0 ? null : { groups: count, sums: other },
      total: [...this.total],
    };
  }

  private of(name: string): number[] {
    const known = this.groups.get(name);
    if (known !== undefined) return known;
    if (this.groups.size >= TRACKED_MAX) this.cut();
    const sums = new Array<number>(this.width).fill(0);
    this.groups.set(name, sums);
    return sums;
  }

  private cut(): void {
    for (const { id, sums } of this.bySize().slice(KEPT_AT_CUT)) {
      this.groups.delete(id);
      addTo(this.other, sums);
      this.dropped++;
    }
  }

  private bySize(): KeyGroup[] {
    const all = [...this.groups].map(([id, sums]) => ({ id, sums }));
    return all.sort((a, b) => b.sums[0]! - a.sums[0]! || (a.id < b.id ? -1 : 1));
  }
}

function addTo(sums: number[], more: readonly number[]): void {
  for (let i = 0; i < more.length; i++) sums[i]! += more[i]!;
}

/** `:` `/` `|` `#` */
function isStrong(code: number): boolean {
  return code === 58 || code === 47 || code === 124 || code === 35;
}

/** `.` `-` `_` */
function isWeak(code: number): boolean {
  return code === 46 || code === 45 || code === 95;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
