import { fullKey } from '../../core/entry.js';
import { idOf } from './ledger.js';
import type { RedisReply } from './reply-parser.js';
import type { Reports } from './reports.js';
import type { ServerInfo } from './server-info.js';

/** Why a key is missing. unknown: it was evicted or deleted, and the server does not tell which. */
export type Fate = 'deleted' | 'evicted' | 'unknown';

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
  /** Evicted keys by id, with the number of its event, and how often the key was reported since. */
  private readonly named = new Map<string, { readonly event: number; reports: number }>();
  private readonly channel: string;
  private isSubscribed = false;
  private count = 0;
  /** The most that was ever counted and not told by events: others' databases, and what came before this connection. */
  private untold = 0;
  /** Something was evicted that no event told of, and not all that was reported up to then was looked at since. */
  private isInDoubt = false;

  constructor(private readonly database: number) {
    this.channel = `__keyevent@${this.database}__:evicted`;
  }

  /** @throws OperatorError `refused` where events are on, and the node may not hear them */
  async start(ask: Ask, reports: Reports, { evicted }: ServerInfo): Promise<void> {
    this.count = this.untold = evicted;
    this.flagsToSet = flagsToSet(await eventFlags(ask));
    if (this.flagsToSet !== null) return;
    await reports.subscribe(this.channel);
    this.isExact = this.isSubscribed = true;
  }

  /** Takes a message if it is one of an eviction. */
  receive(channel: string, key: Buffer): void {
    if (channel === this.channel)
      this.named.set(idOf(fullKey(this.database, key)), { event: ++this.events, reports: 0 });
  }

  /** To be called with each key that is reported. An eviction is reported itself, right after its event. */
  reported(id: string): void {
    const known = this.named.size === 0 ? undefined : this.named.get(id);
    if (known !== undefined) known.reports++;
  }

  /** What the server says by now, `flags` of its events; all that it had to report before is reported. */
  async refresh(reports: Reports, flags: string, { evicted, isShared }: ServerInfo): Promise<void> {
    const wasExact = this.isExact;
    this.flagsToSet = flagsToSet(flags);
    const isOn = this.flagsToSet === null;
    // Events are heard from now on: what was evicted before this moment is still to be doubted.
    if (isOn && !this.isSubscribed) this.isSubscribed = await subscribed(reports, this.channel);
    this.isExact = isOn && this.isSubscribed;
    // Of a count that was read after the reports, some events may have yet to come.
    if (evicted - this.events > this.untold) await reports.fence();
    const untold = evicted - this.events;
    const hasGrown = evicted < this.count || untold > this.untold;
    if (hasGrown && !(wasExact && this.isExact && isShared)) this.isInDoubt = true;
    this.untold = evicted < this.count ? untold : Math.max(this.untold, untold);
    this.count = evicted;
  }

  /** All that was reported was looked at. */
  settled(): void {
    this.isInDoubt = false;
  }

  /** A key was found to be there by a read that was sent when `events` had come: an eviction before that is over. */
  isPresent(id: string, events: number): void {
    if ((this.named.get(id)?.event ?? Number.POSITIVE_INFINITY) <= events) this.named.delete(id);
  }

  /** Of a key that was read and is not there, after a refresh. */
  fateOf(id: string): Fate {
    const known = this.named.get(id);
    this.named.delete(id);
    // Reported once more, it was set after its eviction, and went missing in another way.
    if (known !== undefined && known.reports <= 1) return 'evicted';
    return this.isInDoubt ? 'unknown' : 'deleted';
  }
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
