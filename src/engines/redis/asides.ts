import type { Entry } from '../../core/model/entry.js';
import type { Hlc } from '../../core/model/hlc.js';
import { isSameVersion } from '../../core/model/version.js';
import type { AsideLack } from '../../core/resolution/aside-room.js';
import type { Overrides, OverridesKind } from '../../core/resolution/overrides.js';
import { type FoundWrite, FoundWrites } from './found-writes.js';
import type { NodePort } from './site.js';

/** Keeps what is overridden where a Redis and the cluster held different values. */
export class Asides {
  /** Some were set aside after the scan that found them. */
  areLate = false;
  /** For want of which room the next one waits; null: there is some. */
  lack: AsideLack | null = null;
  private occasion: Overrides | null = null;
  private readonly writes: FoundWrites;
  /** What was captured in this turn, and found. */
  private readonly found: FoundWrite[] = [];

  constructor(
    private readonly port: NodePort,
    private readonly label: string,
  ) {
    this.writes = new FoundWrites(port.storage);
  }

  /** Whether there are writes of which nobody knows how old they are. */
  get hasFound(): boolean {
    return this.writes.areAny;
  }

  /** Where they are kept: an incident, of this kind if it is a new one. */
  of(kind: OverridesKind): Overrides {
    this.occasion ??= this.port.overrides(kind);
    return this.occasion;
  }

  /** A write was captured that a scan found: it was made at some time after `since`. */
  wasFound(entry: Entry, since: Hlc): void {
    this.found.push({ entry, since });
  }

  /**
   * What a scan found is replaced by what was under way at that time, from another site: the application's may be the later one, so it
   * is set aside.
   */
  replaced(current: Entry, by: Entry, kind: OverridesKind): void {
    if (isSameContent(current, by) || !this.writes.mayBeLater(current, by)) return;
    this.of(kind).setAside(current, 'store', by);
    this.areLate = true;
  }

  /** An entry of another site lost to what is here. If that was found it may be the older one, so what lost is set aside. */
  lost(entry: Entry, to: Entry, kind: OverridesKind): void {
    if (isSameContent(entry, to) || !this.writes.mayBeOlder(to, entry)) return;
    this.of(kind).setAside(entry, 'cluster', to);
    this.areLate = true;
  }

  /** Say what was set aside. What is overridden from here on belongs to another incident. */
  conclude(): void {
    if (this.occasion === null) return;
    this.areLate = false;
    const { incident, count } = this.occasion;
    this.occasion = null;
    if (incident === null) return;
    const message = `${count} values that ${this.label} and the cluster held otherwise were set aside`;
    this.port.log('warn', `${message}: see mneme split-brain show ${incident}`, {
      kind: 'set-aside',
      subject: incident,
    });
  }

  /** To be called in the turn in which values were set aside, or captured. */
  note(): void {
    this.occasion?.note();
    if (this.found.length > 0) this.writes.note(this.found.splice(0), this.port.now());
  }
}

function isSameContent(one: Entry, other: Entry): boolean {
  // A touch comes without the value.
  if (isSameVersion(one, other)) return true;
  if (one.value === null || other.value === null) return one.value === other.value;
  return one.type === other.type && Buffer.compare(one.value, other.value) === 0;
}
