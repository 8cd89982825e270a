import { fullKey } from '../../core/entry.js';
import { idOf } from './ledger.js';
import type { Ports } from './ports.js';
import type { RedisReply } from './reply-parser.js';
import type { Reports } from './reports.js';

/** How long after the counter of evictions has grown a missing key may be an evicted one. */
const DOUBT_MS = 10_000;

/**
 * Tells an eviction from a delete. Where key events of evictions are on in the server's configuration, exactly; else a
 * key that goes missing within seconds of an eviction counts as evicted, so that an eviction is never taken for a delete.
 */
export class Evictions {
  isExact = false;
  /** Evicted keys by id, where events tell, each with the number of its event. */
  private readonly named = new Map<string, number>();
  /** How many events came so far. */
  events = 0;
  private channel = '';
  private grewAtMs = Number.NEGATIVE_INFINITY;
  count = 0;

  constructor(
    private readonly database: number,
    private readonly ports: Pick<Ports, 'monoMs'>,
  ) {}

  async start(ask: (...args: string[]) => Promise<RedisReply>, reports: Reports, count: number): Promise<void> {
    this.count = count;
    if (!(await hasEvictionEvents(ask))) return;
    this.channel = `__keyevent@${this.database}__:evicted`;
    await reports.subscribe(this.channel);
    this.isExact = true;
  }

  /** Takes a message if it is one of an eviction. */
  receive(channel: string, key: Buffer): void {
    if (channel === this.channel) this.named.set(idOf(fullKey(this.database, key)), ++this.events);
  }

  note(count: number): void {
    if (count > this.count) this.grewAtMs = this.ports.monoMs();
    this.count = count;
  }

  /** A key was found to be there by a read that was sent when `events` had come: an eviction before that is over. */
  isPresent(id: string, events: number): void {
    if ((this.named.get(id) ?? Number.POSITIVE_INFINITY) <= events) this.named.delete(id);
  }

  isEvicted(id: string): boolean {
    return this.isExact ? this.named.delete(id) : this.ports.monoMs() - this.grewAtMs < DOUBT_MS;
  }
}

/** Many managed services do not let the configuration be read: then it counts as off. */
async function hasEvictionEvents(ask: (...args: string[]) => Promise<RedisReply>): Promise<boolean> {
  const reply = await ask('CONFIG', 'GET', 'notify-keyspace-events').catch(() => null);
  const flags = Array.isArray(reply) ? String(reply[1] ?? '') : '';
  return flags.includes('E') && /[Ae]/.test(flags);
}
