import { isMemberAddress, isNodeName } from '../../core/model/names.js';
import type { Obstacle } from './bridge-status.js';
import type { Connection } from './connection.js';
import { RedisFailure } from './reply-parser.js';
import { NODES_CHANNEL } from './reports.js';
import type { Site } from './site.js';

/** A node that was not heard of for so long is gone. */
const GONE_MS = 5000;
const NEIGHBOURS_MAX = 16;
const INSTANCE = /^[\d.e-]{1,40}$/;

/** How a node tells others that it is beside a Redis, and which of its keys it replicates. */
interface Greeting {
  readonly instance: string;
  readonly cluster: string;
  readonly name: string;
  readonly address: string;
  readonly database: number;
  readonly prefixBase64: string;
}

/**
 * Other nodes beside the same server, found by the server itself, since one server may be reached by many addresses. Two that
 * replicate the same keys take each other's writes for those of the application.
 */
export class Neighbours {
  private readonly seen = new Map<string, { greeting: Greeting; seenMs: number }>();
  private readonly instance: string;

  constructor(private readonly site: Site) {
    this.instance = String(site.ports.random());
  }

  /** Tells others of this node, where there are any. To be called about once a second. */
  async greet(connection: Connection): Promise<void> {
    try {
      const reply = await connection.send('PUBSUB', 'NUMSUB', NODES_CHANNEL);
      const listening = Array.isArray(reply) ? Number(reply[1]) : 0;
      if (listening > 1) await connection.send('PUBLISH', NODES_CHANNEL, JSON.stringify(this.greeting()));
    } catch (error) {
      // Without the right to it they are not found, and all else goes on.
      if (!(error instanceof RedisFailure)) throw error;
    }
  }

  hear(payload: Buffer): void {
    const greeting = readGreeting(payload);
    if (greeting === null || greeting.instance === this.instance || !this.sharesKeys(greeting)) return;
    const isNew = !this.seen.has(greeting.instance);
    if (isNew && this.seen.size >= NEIGHBOURS_MAX) return;
    this.seen.set(greeting.instance, { greeting, seenMs: this.site.ports.monoMs() });
    if (isNew) this.site.port.log('warn', this.textOf(greeting), { kind: 'redis' });
  }

  obstacles(): Obstacle[] {
    const nowMs = this.site.ports.monoMs();
    for (const [instance, { seenMs }] of this.seen) if (nowMs - seenMs > GONE_MS) this.seen.delete(instance);
    return [...this.seen.values()].map(({ greeting }) => ({
      keys: 0,
      text: this.textOf(greeting),
      next: `take one of the two away: mneme cluster leave --node ${greeting.address}; or give each keys of its own: --keys PREFIX*`,
    }));
  }

  private textOf({ name, address, cluster }: Greeting): string {
    const isOfOurs = cluster === this.site.port.self().cluster;
    const what = isOfOurs ? 'of this cluster, one Redis at two sites' : 'of another cluster, two nodes on one Redis';
    return `${name} (${address}) is beside the same keys of the same Redis (${what}): each takes the other's writes for the application's`;
  }

  private sharesKeys({ database, prefixBase64 }: Greeting): boolean {
    const { target } = this.site;
    const prefix = Buffer.from(prefixBase64, 'base64');
    const shared = Math.min(prefix.length, target.prefix.length);
    return database === target.database && prefix.subarray(0, shared).equals(target.prefix.subarray(0, shared));
  }

  private greeting(): Greeting {
    const { port, target } = this.site;
    const { database, prefix } = target;
    return { ...port.self(), instance: this.instance, database, prefixBase64: prefix.toString('base64') };
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** Anybody may publish on the channel. */
function readGreeting(payload: Buffer): Greeting | null {
  try {
    const { instance, cluster, name, address, database, prefixBase64 } = JSON.parse(payload.toString());
    if (![instance, cluster, name, address, prefixBase64].every((text) => typeof text === 'string')) return null;
    const isGreeting = INSTANCE.test(instance) && isNodeName(name) && isMemberAddress(address);
    return isGreeting ? { instance, cluster, name, address, database, prefixBase64 } : null;
  } catch {
    // What others publish there is nothing to us.
    return null;
  }
}
