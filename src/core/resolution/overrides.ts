import type { Context } from '../context.js';
import type { IncidentRecord } from '../membership/records.js';
import { type Bytes, bytesToId } from '../model/bytes.js';
import { type Entry, typedEntry, type ValueType } from '../model/entry.js';
import { type Version, versionOf } from '../model/version.js';
import { incidentId } from '../partition/incidents.js';
import type { AsideAmount, AsideLack } from './aside-room.js';

const DAY_MS = 86_400_000;

/** What brought a store outside of the cluster and the cluster together, where they held different values. */
export type OverridesKind = 'attach' | 'absence' | 'restore' | 'confirm-loss' | 'backup';
/** Whose value was overridden: that of the store beside this node, or that of the cluster. */
export type Overridden = 'store' | 'cluster';

/** What stands in the place of a value. */
type Standing = Version & { readonly value?: Bytes | null };

/** A value as it was read from the store beside this node. */
interface Unversioned {
  readonly key: Bytes;
  /** null: it was deleted there. */
  readonly value: Bytes | null;
  readonly expiryMs: number;
  readonly type: ValueType | undefined;
}

/**
 * Values that are overridden outside a split-brain, all set aside under one incident, which is made with the first of them:
 * so they can be listed, and brought back by an undo, as after a resolution.
 */
export class Overrides {
  private record: IncidentRecord | null = null;

  constructor(
    private readonly context: Context,
    private readonly kind: OverridesKind,
  ) {}

  /** The incident; null: nothing was overridden. */
  get incident(): string | null {
    return this.record?.id ?? null;
  }

  get count(): number {
    return this.record?.setAside ?? 0;
  }

  /** null: there is room for so much more. To be asked before anything is overridden. */
  lackFor(more: AsideAmount): AsideLack | null {
    return this.context.asideRoom.refusalOf(more);
  }

  /**
   * To be called in the turn in which the value is overridden, before that is told to anybody.
   * @param standing the version that stands instead; null: none, the key is absent
   */
  setAside(value: Entry | Unversioned, whose: Overridden, standing: Standing | null): void {
    const entry = 'hlc' in value ? value : this.found(value);
    const record = this.record ?? this.create();
    const { records } = this.context;
    // Of a key that is overridden twice, what it had last is kept.
    const isFirst = records.setAside(record.id, islandOf(whose), bytesToId(entry.key)) === undefined;
    this.record = isFirst ? { ...record, setAside: record.setAside + 1 } : record;
    this.put(entry, whose, standing);
  }

  /** Something later stands in the place of what was set aside before, such as the last part of a key that was a value. */
  standsLater(value: Entry, whose: Overridden, standing: Standing): void {
    this.put(value, whose, standing);
  }

  /** Write the incident down as it stands. To be called in the same turn, after one or many values. */
  note(): void {
    const { records } = this.context;
    if (this.record === null || records.incident(this.record.id)?.setAside === this.record.setAside) return;
    records.putIncident(this.record);
  }

  private put(entry: Entry, whose: Overridden, standing: Standing | null): void {
    const { records, ports } = this.context;
    const version = standing === null ? null : versionOf(standing);
    const stoodValue = standing?.value != null;
    const place = { incident: this.record!.id, island: islandOf(whose), standing: version, stoodValue };
    const keptUntilMs = ports.wallMs() + records.settings()['set-aside-days'] * DAY_MS;
    records.putSetAside(entry, place, keptUntilMs);
  }

  /** What was never versioned counts as written when it was found. */
  private found({ key, value, expiryMs, type }: Unversioned): Entry {
    const { clock, replicas } = this.context;
    return typedEntry({ key, value, expiryMs, hlc: clock.next(), origin: replicas.data.origin, seq: 0 }, type);
  }

  private create(): IncidentRecord {
    const { ports, self, records } = this.context;
    const nowMs = ports.wallMs();
    const others = records.active().flatMap(({ replica }) => (replica === self.replica ? [] : [replica]));
    return {
      id: incidentId(nowMs, ports.random()),
      kind: this.kind,
      state: 'resolved',
      separatedMs: nowMs,
      detectedMs: nowMs,
      resolvedMs: nowMs,
      islands: [[self.replica], others.length === 0 ? [self.replica] : others].map((replicas) => ({
        replicas,
        writes: 0,
      })),
      strategy: null,
      by: this.kind === 'attach' || this.kind === 'absence' ? null : 'operator',
      executor: self.replica,
      counts: null,
      setAside: 0,
      problem: null,
      fence: null,
      participants: [],
      covered: null,
    };
  }
}

function islandOf(whose: Overridden): number {
  return whose === 'store' ? 0 : 1;
}
