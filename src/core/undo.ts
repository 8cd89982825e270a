import { BUCKETS, type Bytes, bytesToId } from './bytes.js';
import type { Context } from './context.js';
import { type Entry, isLive, isTombstone } from './entry.js';
import { incidentId } from './incidents.js';
import { type IncidentRecord, readSetAside, type SetAside } from './records.js';
import { isAfter } from './version.js';

const BUCKETS_PER_STEP = 256;
const SAMPLE_MAX = 100;
const DAY_MS = 86_400_000;

export interface UndoRequest {
  readonly incident: string;
  /** One full key only, also if it was written again since; null: every key that was not. */
  readonly key: Bytes | null;
  readonly dryRun: boolean;
}

export interface UndoResult {
  readonly incident: string;
  readonly restored: number;
  readonly skipped: number;
  readonly undoIncident: string | null;
  readonly sample: readonly { key: Bytes; action: 'restore' | 'delete' | 'skip'; reason: string }[];
}

/**
 * Writes what a resolution overrode anew, deletes included, as ordinary writes. What the undo overrides is set aside in
 * turn under an incident of its own, so an undo can be undone. Where several islands were overridden, the last write of
 * them is restored. A key that was written again since the resolution keeps that write.
 */
export class Undo {
  result: UndoResult | null = null;
  private bucket = 0;
  private readonly found = new Map<string, SetAside>();
  private queue: SetAside[] | null = null;
  private restored = 0;
  private skipped = 0;
  private readonly sample: { key: Bytes; action: 'restore' | 'delete' | 'skip'; reason: string }[] = [];
  private readonly undoId: string;

  constructor(
    private readonly context: Context,
    private readonly request: UndoRequest,
  ) {
    this.undoId = incidentId(context.ports.wallMs(), context.ports.random());
  }

  step(): void {
    if (this.queue === null) return this.collect();
    for (const aside of this.queue.splice(0, this.context.slices.keys)) this.restore(aside);
    if (this.queue.length === 0) this.finish();
  }

  private collect(): void {
    const { store } = this.context.replicas.system;
    const wanted = this.request.key === null ? null : bytesToId(this.request.key);
    const nowMs = this.context.ports.wallMs();
    for (const last = Math.min(BUCKETS, this.bucket + BUCKETS_PER_STEP); this.bucket < last; this.bucket++) {
      for (const entry of store.bucket(this.bucket)) {
        if (!isLive(entry, nowMs)) continue;
        const aside = readSetAside(entry, this.request.incident);
        if (aside === null) continue;
        const id = bytesToId(aside.key);
        const known = this.found.get(id);
        if ((wanted === null || wanted === id) && (known === undefined || isAfter(aside, known)))
          this.found.set(id, aside);
      }
    }
    if (this.bucket === BUCKETS) this.queue = [...this.found.values()];
  }

  private restore(aside: SetAside): void {
    const { data } = this.context.replicas;
    const nowMs = this.context.ports.wallMs();
    const current = data.store.get(aside.key);
    if (this.request.key === null && !isStanding(current, aside)) {
      this.skipped++;
      return this.note(aside.key, 'skip', 'written again since');
    }
    if (aside.evicted === true) {
      this.skipped++;
      return this.note(aside.key, 'skip', 'its value was evicted before it was overridden');
    }
    const isExpired = aside.expiryMs !== 0 && aside.expiryMs <= nowMs;
    const value = isExpired ? null : aside.value;
    if (value === null && (current === undefined || isTombstone(current, nowMs))) {
      this.skipped++;
      return this.note(aside.key, 'skip', isExpired ? 'expired meanwhile' : 'is deleted already');
    }
    this.restored++;
    this.note(aside.key, value === null ? 'delete' : 'restore', isExpired ? 'expired meanwhile' : 'as it was before');
    if (!this.request.dryRun) this.write(aside, value, current);
  }

  private write(aside: SetAside, value: Bytes | null, current: Entry | undefined): void {
    const { replicas, records, clock, ports } = this.context;
    const hlc = clock.next();
    const keptUntilMs = ports.wallMs() + records.settings()['set-aside-days'] * DAY_MS;
    const overridden = current ?? { key: aside.key, value: null, expiryMs: 0, hlc: 0, origin: '', seq: 0 };
    const standing = { hlc, origin: replicas.data.origin };
    records.putSetAside(overridden, { incident: this.undoId, island: 0, standing }, keptUntilMs);
    replicas.data.write(aside.key, value, value === null ? 0 : aside.expiryMs, hlc, aside.type);
  }

  private finish(): void {
    const { incident, dryRun, key } = this.request;
    const isWritten = this.restored > 0 && !dryRun;
    if (isWritten) this.record(key === null);
    const undoIncident = isWritten ? this.undoId : null;
    this.result = { incident, restored: this.restored, skipped: this.skipped, undoIncident, sample: this.sample };
  }

  private record(isWhole: boolean): void {
    const { records, ports, self } = this.context;
    const undone = records.incident(this.request.incident);
    if (undone === undefined) return;
    const nowMs = ports.wallMs();
    const record: IncidentRecord = {
      ...undone,
      id: this.undoId,
      kind: 'undo',
      state: 'resolved',
      detectedMs: nowMs,
      resolvedMs: nowMs,
      islands: [{ replicas: [self.replica], writes: 0 }],
      strategy: null,
      by: 'operator',
      executor: self.replica,
      counts: null,
      setAside: this.restored,
      problem: null,
      participants: [],
      covered: null,
    };
    records.putIncident(record);
    if (isWhole) records.putIncident({ ...undone, state: 'undone' });
  }

  private note(key: Bytes, action: 'restore' | 'delete' | 'skip', reason: string): void {
    if (this.sample.length < SAMPLE_MAX) this.sample.push({ key, action, reason });
  }
}

/** Whether the key is still as the resolution left it. A collected tombstone leaves nothing. */
function isStanding(current: Entry | undefined, aside: SetAside): boolean {
  if (current === undefined) return true;
  return aside.standing !== null && current.hlc === aside.standing.hlc && current.origin === aside.standing.origin;
}
