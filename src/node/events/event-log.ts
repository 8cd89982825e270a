import type { EventKind } from '../../core/model/about.js';
import { systemReason } from '../../core/model/system-errors.js';
import type { LogLevel } from '../options.js';
import type { NodeEvent, Remark, Told } from './event.js';
import { type EventFiles, readSegment } from './event-files.js';

/** The latest that are in memory too: whoever follows is served from there. */
const RECENT_MAX = 1000;
const REMARKS_MAX = 300;
/** Events that the disk does not take now; beyond, the oldest of them are lost, and readers are told how many. */
const UNWRITTEN_MAX = 1000;
const WAITERS_MAX = 64;
/** Files that one call looks through, so that it ends soon. */
const SEGMENTS_READ = 4;
const MESSAGE_MAX = 4000;

/** What a reader wants. */
export interface EventQuery {
  /** The last number that it has seen; 0: all that are kept. */
  readonly after: number;
  readonly sinceMs: number;
  /** null: all. */
  readonly kinds: readonly EventKind[] | null;
  readonly limit: number;
}

export interface EventPage {
  readonly events: readonly NodeEvent[];
  /** Go on after this number. */
  readonly next: number;
  /** How many it will not see, of whatever kind: they were too many or too old, or a disk failed. */
  readonly missed: number;
  /** There are others already. */
  readonly hasMore: boolean;
}

export interface EventLogHost {
  readonly nowMs: () => number;
  /** How long events are kept. */
  readonly keptMs: () => number;
  /** Whether the disk takes more than deletes. What it does not take waits. */
  readonly hasRoom: () => boolean;
  /** They cannot be kept, and why; null: they can. */
  readonly onTrouble: (reason: string | null) => void;
}

/** The events of a node: numbered, kept, read and waited for. */
export class EventLog {
  private seq = 0;
  private readonly recent: NodeEvent[] = [];
  private readonly remarkList: Remark[] = [];
  private unwritten: NodeEvent[] = [];
  private readonly waiters = new Set<() => void>();
  private trimmedAtMs = 0;
  private syncedAtMs = 0;
  private isSyncing = false;

  /** @param files null: a node that keeps nothing */
  constructor(
    private readonly files: EventFiles | null,
    private readonly host: EventLogHost,
  ) {
    this.tried(() => {
      this.seq = files?.open() ?? 0;
    });
  }

  /** The latest remarks, the oldest first. */
  get remarks(): readonly Remark[] {
    return this.remarkList;
  }

  remark(level: LogLevel, message: string): void {
    this.remarkList.push({ atMs: this.host.nowMs(), level, message: message.slice(0, MESSAGE_MAX) });
    if (this.remarkList.length > REMARKS_MAX) this.remarkList.shift();
  }

  tell(level: LogLevel, message: string, { kind, subject = '', over, keys, by }: Told): void {
    const event: NodeEvent = {
      ...{ seq: ++this.seq, atMs: this.host.nowMs(), level, kind },
      subject: subject === '' ? null : subject.slice(0, MESSAGE_MAX),
      over: over === true,
      message: message.slice(0, MESSAGE_MAX),
      by: by ?? null,
      keys: keys === true,
    };
    this.recent.push(event);
    if (this.recent.length > RECENT_MAX) this.recent.shift();
    this.unwritten.push(event);
    if (this.unwritten.length > UNWRITTEN_MAX) this.unwritten.shift();
    this.write();
    for (const wake of [...this.waiters]) wake();
  }

  /** What could not be written is tried again, and what is too old goes. To be called now and then. */
  tick(): void {
    if (this.unwritten.length > 0) this.write();
    this.sync();
    const nowMs = this.host.nowMs();
    if (Math.abs(nowMs - this.trimmedAtMs) < TRIM_EVERY_MS) return;
    this.trimmedAtMs = nowMs;
    this.tried(() => this.files?.trim(nowMs - this.host.keptMs()));
  }

  async read({ after: wanted, sinceMs, kinds, limit }: EventQuery): Promise<EventPage> {
    const after = Math.min(wanted, this.seq);
    const first = this.firstSeq();
    const page = new Page(after === 0 ? first - 1 : after, sinceMs, kinds, limit);
    let segment = this.inMemory(page.next) ? null : (this.files?.segmentOf(page.next + 1) ?? null);
    for (let count = 0; segment !== null && !page.isFull && !this.inMemory(page.next); count++) {
      if (count === SEGMENTS_READ) return page.result(true);
      const following: ReturnType<EventFiles['following']> = this.files?.following(segment) ?? null;
      if (following === null || following.firstMs >= sinceMs) page.take(await readSegment(segment));
      else page.next = Math.max(page.next, following.firstSeq - 1);
      segment = following;
    }
    if (!page.isFull) page.take(this.recent);
    return page.result(page.next < this.seq);
  }

  /** Resolves at the next event, or after so long. */
  wait(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiters.delete(end);
        resolve();
      };
      const timer = setTimeout(end, this.waiters.size < WAITERS_MAX ? timeoutMs : Math.min(timeoutMs, 500));
      this.waiters.add(end);
    });
  }

  /** One at a time, and not more often than once a second: a burst of events costs the disk no more than one. */
  private sync(): void {
    const { files, host } = this;
    if (files === null || !files.isUnsynced || this.isSyncing) return;
    if (Math.abs(host.nowMs() - this.syncedAtMs) < SYNC_EVERY_MS) return;
    this.syncedAtMs = host.nowMs();
    this.isSyncing = true;
    files
      .sync()
      .catch((error: NodeJS.ErrnoException) => host.onTrouble(systemReason(error)))
      .finally(() => {
        this.isSyncing = false;
      });
  }

  private firstSeq(): number {
    return this.files?.firstSeq ?? this.recent[0]?.seq ?? this.seq + 1;
  }

  private inMemory(after: number): boolean {
    return after >= (this.recent[0]?.seq ?? this.seq + 1) - 1;
  }

  private write(): void {
    const { files } = this;
    if (files === null) {
      this.unwritten = [];
      return;
    }
    if (!this.host.hasRoom()) return;
    this.tried(() => {
      files.append(this.unwritten);
      this.unwritten = [];
    });
  }

  /** A log that cannot be written is a problem, and no reason to end. */
  private tried(work: () => void): void {
    try {
      work();
      this.host.onTrouble(null);
    } catch (error) {
      this.host.onTrouble(systemReason(error as NodeJS.ErrnoException));
    }
  }
}

const TRIM_EVERY_MS = 600_000;
const SYNC_EVERY_MS = 1000;

// ---

/** What a reader gets, as it is gathered in the order of the numbers. */
class Page {
  private readonly events: NodeEvent[] = [];
  private missed = 0;

  constructor(
    /** The last number that was looked at. */
    public next: number,
    private readonly sinceMs: number,
    private readonly kinds: readonly EventKind[] | null,
    private readonly limit: number,
  ) {}

  get isFull(): boolean {
    return this.events.length >= this.limit;
  }

  take(events: readonly NodeEvent[]): void {
    for (const event of events) {
      if (this.isFull) return;
      if (event.seq <= this.next) continue;
      this.missed += event.seq - this.next - 1;
      this.next = event.seq;
      const isWanted = this.kinds === null || this.kinds.includes(event.kind);
      if (isWanted && event.atMs >= this.sinceMs) this.events.push(event);
    }
  }

  result(hasMore: boolean): EventPage {
    return { events: this.events, next: this.next, missed: this.missed, hasMore };
  }
}
