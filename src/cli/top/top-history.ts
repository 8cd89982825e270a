import type { BusyMember, HotPrefix, TopLook } from '../../operations/cluster/top.js';

/** As many looks as the widest sparkline has columns. */
const LOOKS = 120;

type Series = readonly (number | null)[];

export interface MemberSeries {
  readonly lag: Series;
  readonly reads: Series;
  readonly writes: Series;
}

/** What was seen so far, the latest last. */
export class TopHistory {
  private readonly looks: TopLook[] = [];
  private readonly conflictsBefore = new Map<string, number>();
  private readonly fresh: number[] = [];

  add(look: TopLook): void {
    this.looks.push(look);
    this.fresh.push(this.freshConflicts(look));
    if (this.looks.length > LOOKS) {
      this.looks.shift();
      this.fresh.shift();
    }
  }

  get latest(): TopLook | null {
    return this.looks.at(-1) ?? null;
  }

  /** Conflicts that were not known at the look before. */
  get conflicts(): Series {
    return this.fresh;
  }

  seriesOf(replica: string): MemberSeries {
    const of = (figure: (member: BusyMember) => number | null) =>
      this.looks.map(({ members }) => {
        const member = members.find((one) => one.replica === replica);
        return member === undefined ? null : figure(member);
      });
    return {
      lag: of(({ lagWrites }) => lagWrites),
      reads: of(({ reads }) => reads),
      writes: of(({ writes }) => writes),
    };
  }

  /** Over all members. */
  totals(figure: 'reads' | 'writes'): Series {
    return this.looks.map(({ members }) => sumOf(members.map((member) => member[figure])));
  }

  /** Conflicts of the first look were there before anybody looked. */
  private freshConflicts({ incidents }: TopLook): number {
    let fresh = 0;
    for (const { id, conflicts } of incidents) {
      if (conflicts === null) continue;
      const before = this.conflictsBefore.get(id) ?? 0;
      if (this.looks.length > 1) fresh += Math.max(0, conflicts - before);
      this.conflictsBefore.set(id, Math.max(before, conflicts));
    }
    return fresh;
  }
}

/** null: nothing is known. */
export function sumOf(figures: readonly (number | null)[]): number | null {
  const known = figures.filter((one) => one !== null);
  return known.length === 0 ? null : known.reduce((sum, one) => sum + one, 0);
}

/** Of one member, or of all together; the hottest first. */
export function hottest(hot: readonly HotPrefix[], replica: string | null): HotPrefix[] {
  const found = new Map<string, HotPrefix>();
  for (const one of hot) {
    if (replica !== null && one.replica !== replica) continue;
    const id = `${one.database} ${one.prefixBase64}`;
    const known = found.get(id);
    const sum = (figure: 'reads' | 'writes') => one[figure] + (known?.[figure] ?? 0);
    found.set(id, { ...one, reads: sum('reads'), writes: sum('writes') });
  }
  return [...found.values()].sort((a, b) => b.reads + b.writes - a.reads - a.writes);
}
