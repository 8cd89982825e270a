import { fullKey } from '../../core/model/entry.js';
import { idOf } from './ledger.js';
import type { RedisReply } from './reply-parser.js';
import type { Reports } from './reports.js';
import type { ServerInfo } from './server-info.js';

/** Why a key is missing. unknown: it was evicted or deleted, and the server does not tell which. */
export type Fate = 'deleted' | 'evicted' | 'unknown';

/** Whether a key that is there was evicted before, and set anew. while-read: or after it was read. null: it was not. */
export type FateBefore = 'evicted' | 'unknown' | 'while-read' | null;

/** What was known of evicted keys at a moment: how many events had come, and how often each key was reported since its own. */
export interface Sight {
  readonly events: number;
  readonly reports: ReadonlyMap<string, number>;
}

/** Names of evicted keys that are kept. */
const NAMED_MAX = 100_000;

export type Ask = (...args: string[]) => Promise<RedisReply>;

/**
 * Tells an eviction from a delete. Where key events of evictions are on in the server's configuration, exactly. Else the
 * server only counts them: what is missing while the count stands still was deleted. The configuration may change at any time,
 * so it is read again whenever something is decided.
 */
export class Evictions {
  /** Whether each eviction comes as an event. */
  isExact = false;
  /** `notify-keyspace-events` as it would have to be; null: it is so. */
  flagsToSet: string | null = null;
  /** How many events came so far. */
  events = 0;
  /** Evicted keys by id, with the number of the latest event, how many there were, and how often the key was reported since. */
  private readonly named = new Map<string, { readonly event: number; readonly times: number; reports: number }>();
  private readonly channel: string;
  private isSubscribed = false;
  /** Not all that was counted before was told by events. */
  private isExactAnew = false;
  private count = 0;
  /** The most that was ever counted and not told by events: others' databases, and what came before this connection. */
  private untold = 0;
  /** Something was evicted that no event told of, and not all that was reported up to then was looked at since. */
  private isInDoubt = false;
  /** Keys that were not looked at when the doubt was over for all others. */
  private readonly doubted = new Set<string>();
  private lookedAt = 0;
  /** Of keys that the node is writing: what was known when it began. */
  private readonly writing = new Map<string, Sight>();

  /**
   * What the replication stream has deleted, by id, and how often, since the key was looked at; null: changes are reported in one
   * order with the events, and count by themselves.
   */
  private readonly deletes: Map<string, number> | null;

  /** @param isOrdered whether changes are reported on the connection of the events, right after them */
  constructor(
    private readonly database: number,
    isOrdered: boolean,
  ) {
    this.deletes = isOrdered ? null : new Map();
    this.channel = `__keyevent@${this.database}__:evicted`;
  }

  /** @throws OperatorError `refused` where events are on, and the node may not hear them */
  async start(ask: Ask, reports: Reports): Promise<void> {
    this.flagsToSet = flagsToSet(await eventFlags(ask));
    if (this.flagsToSet !== null) return;
    await reports.subscribe(this.channel);
    this.isExact = this.isSubscribed = true;
  }

  /** What the server counted up to the start, read after it; all that it had to report before is reported. */
  begin({ evicted }: ServerInfo): void {
    this.count = this.lookedAt = evicted;
    this.untold = evicted - this.events;
  }

  /** Takes a message if it is one of an eviction. */
  receive(channel: string, key: Buffer): void {
    if (channel !== this.channel) return;
    // That one was looked at long ago: only that it was set again may be missed.
    forgetOldest(this.named);
    const id = idOf(fullKey(this.database, key));
    const times = (this.named.get(id)?.times ?? 0) + 1;
    this.named.set(id, { event: ++this.events, times, reports: 0 });
  }

  /** To be called with each key that the replication stream deletes, for whatever reason. */
  deleted(id: string): void {
    if (this.deletes === null) return;
    forgetOldest(this.deletes);
    this.deletes.set(id, (this.deletes.get(id) ?? 0) + 1);
  }

  /** To be called with each key that is reported. An eviction is reported itself, right after its event. */
  reported(id: string): void {
    if (this.deletes !== null) return;
    const known = this.named.size === 0 ? undefined : this.named.get(id);
    if (known !== undefined) known.reports++;
  }

  /** To be called with the `flags` of the server's events by now. Returns whether each eviction is told of from now on, and was not before. */
  async listen(reports: Reports, flags: string): Promise<boolean> {
    const wasExact = this.isExact;
    this.flagsToSet = flagsToSet(flags);
    const isOn = this.flagsToSet === null;
    if (isOn && !this.isSubscribed) this.isSubscribed = await subscribed(reports, this.channel);
    this.isExact = isOn && this.isSubscribed;
    this.isExactAnew = this.isExact && !wasExact;
    return this.isExactAnew;
  }

  /** What the server says by now, read after `listen`; all that it had to report before is reported. */
  async refresh(reports: Reports, { evicted, isShared }: ServerInfo): Promise<void> {
    // Of a count that was read after the reports, some events may have yet to come.
    if (evicted - this.events > this.untold) await reports.fence();
    const untold = evicted - this.events;
    // Events that come after the count was read hide as many that were not told before: when those began, any one is doubted.
    const isUnclear = evicted < this.count || (this.isExactAnew && evicted > this.count);
    const hasGrown = isUnclear || untold > this.untold;
    if (hasGrown && !(this.isExact && !this.isExactAnew && isShared)) this.isInDoubt = true;
    this.isExactAnew = false;
    this.untold = evicted < this.count ? untold : Math.max(this.untold, untold);
    this.count = evicted;
  }

  /** All that was reported was looked at, but for these keys: missing later, they may have been evicted up to now. */
  settled(unlooked: Iterable<string>): void {
    if (this.isInDoubt) for (const id of unlooked) this.doubted.add(id);
    this.isInDoubt = false;
    if (this.doubted.size === 0) this.lookedAt = this.count;
  }

  /** The server's count up to which all that was evicted was looked at: what it counted since, a start has to doubt. */
  get accountedFor(): number {
    return Math.min(this.lookedAt, this.count);
  }

  /** The node is about to write a key. */
  writes(id: string): void {
    if (this.named.has(id) || this.deletes?.has(id) === true) this.writing.set(id, this.sightOf([id]));
    else if (this.writing.size > 0) this.writing.delete(id);
  }

  /** It did, so the key was there: an eviction before that is over. */
  wrote(id: string): void {
    const sight = this.writing.size === 0 ? undefined : this.writing.get(id);
    if (sight === undefined) return;
    this.writing.delete(id);
    this.isOver(id, sight);
  }

  /** What is known of these keys, to be asked for before a read of them is sent: what comes later may be later than the read. */
  sightOf(ids: readonly string[]): Sight {
    const reports = new Map<string, number>();
    const { named, deletes } = this;
    if (deletes !== null) for (const id of deletes.size > 0 ? ids : []) reports.set(id, deletes.get(id) ?? 0);
    else for (const id of named.size > 0 ? ids : []) reports.set(id, named.get(id)?.reports ?? 0);
    return { events: this.events, reports };
  }

  /** A read found the key to be there, or the node does not know it: an eviction before that is over. */
  isOver(id: string, { events, reports }: Sight): void {
    if (this.doubted.size > 0) this.doubted.delete(id);
    if ((this.named.get(id)?.event ?? Number.POSITIVE_INFINITY) <= events) this.named.delete(id);
    const since = (this.deletes?.get(id) ?? 0) - (reports.get(id) ?? 0);
    if (since > 0) this.deletes?.set(id, since);
    else this.deletes?.delete(id);
  }

  /** Whether an eviction of the key was told that is not known to be over. */
  isNamed(id: string): boolean {
    return this.named.size > 0 && this.named.has(id);
  }

  /** Whether changes are reported in one order with the events. */
  get isOrdered(): boolean {
    return this.deletes === null;
  }

  /** Whether a key was set after its eviction. Missing now, it went missing in another way. */
  wasSetSince(id: string, { events, reports }: Sight): boolean {
    if (this.deletes !== null) return (reports.get(id) ?? 0) > (this.named.get(id)?.times ?? 0);
    const event = this.named.get(id)?.event ?? Number.POSITIVE_INFINITY;
    return event <= events && (reports.get(id) ?? 0) > 1;
  }

  /**
   * Of a key that was read and is there, after a refresh: whether it was evicted since it was looked at last, and set anew. null: it was
   * not. To be asked before the eviction is over.
   */
  fateBefore(id: string, { events }: Sight): FateBefore {
    const named = this.named.size === 0 ? undefined : this.named.get(id);
    if (named !== undefined) return named.event <= events ? 'evicted' : 'while-read';
    return this.fateUntold(id) === 'unknown' ? 'unknown' : null;
  }

  /** Of a key that was read and is not there, after a refresh. */
  fateOf(id: string, sight: Sight): Fate {
    if (this.deletes !== null) return this.fateByCount(id, sight);
    if (this.named.has(id) && !this.wasSetSince(id, sight)) return 'evicted';
    this.named.delete(id);
    return this.fateUntold(id);
  }

  /**
   * Events and the stream have no order between them. So where a key was both evicted and deleted, which was last is not known. Both
   * are counted until the key is there again: of an eviction that an event told of the delete may be yet to come.
   */
  private fateByCount(id: string, sight: Sight): Fate {
    const evicted = this.named.get(id)?.times ?? 0;
    const deleted = this.deletes?.get(id) ?? 0;
    if (evicted > 0) return deleted <= evicted ? 'evicted' : 'unknown';
    const fate = this.fateUntold(id);
    this.isOver(id, sight);
    return fate;
  }

  private fateUntold(id: string): Fate {
    return this.isInDoubt || this.doubted.has(id) ? 'unknown' : 'deleted';
  }
}

/** Before one more is kept. */
function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.size < NAMED_MAX ? [] : map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

/** `notify-keyspace-events`. Many managed services do not let the configuration be read: then events count as off. */
export async function eventFlags(ask: Ask): Promise<string> {
  const reply = await ask('CONFIG', 'GET', 'notify-keyspace-events').catch(() => null);
  return Array.isArray(reply) ? String(reply[1] ?? '') : '';
}

// ---------------------------------------------------------------------------------------------------------------------

function flagsToSet(flags: string): string | null {
  const missing = `${flags.includes('E') ? '' : 'E'}${/[Ae]/.test(flags) ? '' : 'e'}`;
  return missing === '' ? null : flags + missing;
}

function subscribed(reports: Reports, channel: string): Promise<boolean> {
  return reports.subscribe(channel).then(
    () => true,
    () => false,
  );
}
