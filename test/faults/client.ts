import { Redis } from 'ioredis';
import type { EntryReply } from '../../src/admin/protocol/api.js';
import type { Prng } from '../sim/prng.js';
import { idOf, type Operation, type Outcome, type Read, type Version, type Witness, type Write } from './history.js';
import type { Machine } from './machine.js';
import type { Access } from './sealed.js';

type Kind = Operation['kind'] | 'wait';

/** Keys that all clients write, through all nodes. */
const SHARED = Array.from({ length: 10 }, (_, i) => `shared:${i}`);
/** Keys that all clients write, each so rarely that it can be told what an island wrote last. */
const RARE = Array.from({ length: 150 }, (_, i) => `rare:${i}`);
const KEPT = 3;
const CHANCES: Record<'kept' | 'shared' | 'rare', Record<Kind, number>> = {
  kept: { set: 6, setex: 0, del: 0, get: 3, wait: 1 },
  shared: { set: 9, setex: 3, del: 4, get: 7, wait: 2 },
  rare: { set: 6, setex: 0, del: 1, get: 1, wait: 1 },
};
const VALUE_BYTES_MAX = 2000;
const REPLY_MS_MAX = 2000;
const WITNESS_MS_MAX = 1000;
const PAUSE_MS_MAX = 20;
const LONG_TTL_S = 3600;

/**
 * An application beside one node, with a connection that plain Redis clients have. It records what it asked for and what came
 * of it. Right behind each request it asks what the node has of the key, on the same connection: that tells the version of a write.
 */
export class Client {
  readonly operations: Operation[] = [];
  private readonly redis: Redis;
  private readonly kept: readonly string[];
  private isRunning = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly machine: Machine,
    private readonly others: readonly Machine[],
    private readonly random: Prng,
    private readonly access: Access = {},
  ) {
    this.kept = Array.from({ length: KEPT }, (_, i) => keptBy(name, i));
    this.redis = connected(machine.address, REPLY_MS_MAX, access);
  }

  start(): void {
    this.isRunning = true;
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.isRunning = false;
    await this.running;
    this.redis.disconnect();
  }

  // -------------------------------------------------------------------------------------------------------------------

  private async run(): Promise<void> {
    while (this.isRunning) {
      const isAnswered = await this.ask();
      await pause(this.random.between(1, isAnswered ? PAUSE_MS_MAX : 5 * PAUSE_MS_MAX));
    }
  }

  /** Returns whether there was an answer. */
  private async ask(): Promise<boolean> {
    const sort = this.random.weighted({ kept: 3, shared: 5, rare: 2 });
    const key = this.random.pick({ kept: this.kept, shared: SHARED, rare: RARE }[sort]);
    const kind = this.random.weighted(CHANCES[sort]);
    const operation = kind === 'get' ? await this.read(key) : await this.write(kind, key);
    if (operation !== null) this.operations.push(operation);
    return operation !== null && (operation.kind === 'get' || operation.outcome !== 'unknown');
  }

  private async read(key: string): Promise<Read | null> {
    const asked = this.asked(key);
    const [value, entry] = await this.send(this.redis.pipeline().get(key).call('MNEME', 'ENTRY', nameOf(key)), 2);
    if (value === undefined || value instanceof Error || entry === undefined || entry instanceof Error) return null;
    const id = typeof value === 'string' ? idOf(value) : null;
    return { ...asked, endMs: Date.now(), kind: 'get', id, version: versionIn(entry) };
  }

  private async write(what: Exclude<Kind, 'get'>, key: string): Promise<Write> {
    const asked = this.asked(key);
    const kind = what === 'wait' ? 'set' : what;
    const id = `${this.name}-${this.operations.length}`;
    const ttlS = kind === 'setex' ? (this.random.chance(0.5) ? this.random.between(1, 4) : LONG_TTL_S) : null;
    const pipeline = this.redis.pipeline();
    const value = `${id}:${'x'.repeat(this.random.between(0, VALUE_BYTES_MAX))}`;
    if (kind === 'del') pipeline.del(key);
    else if (ttlS === null) pipeline.set(key, value);
    else pipeline.setex(key, ttlS, value);
    pipeline.call('MNEME', 'ENTRY', nameOf(key));
    const least = this.random.between(1, 2);
    if (what === 'wait') pipeline.wait(least, this.random.between(100, 1000));
    const [reply, entry, count] = await this.send(pipeline, what === 'wait' ? 3 : 2);
    const endMs = Date.now();
    const waited = typeof count === 'number' ? count : null;
    return {
      ...asked,
      endMs,
      kind,
      id,
      outcome: outcomeOf(reply),
      hadEffect: reply !== 0,
      ttlMs: ttlS === null ? null : ttlS * 1000,
      version: ownVersionIn(entry, kind === 'del' ? null : id),
      waited,
      witnesses:
        waited === null || waited === 0
          ? []
          : await Promise.all(this.others.map((one) => witness(one, key, this.access))),
    };
  }

  private asked(key: string) {
    return { client: this.name, node: this.machine.name, key, startMs: Date.now() };
  }

  /** The reply of each of so many commands, or why there is none. */
  private async send(pipeline: ReturnType<Redis['pipeline']>, count: number): Promise<unknown[]> {
    const late = pause(REPLY_MS_MAX).then(() => null);
    const replies = await Promise.race([pipeline.exec(), late]).catch(() => null);
    // What was asked before may be executed yet, but what is asked next does not wait for it.
    if (replies === null) this.redis.disconnect(true);
    return replies === null
      ? Array.from({ length: count }, () => new Error('no reply'))
      : replies.map(([error, reply]) => error ?? reply);
  }
}

/** Every key that such clients write. */
export function keysOf(clients: readonly { readonly name: string }[]): string[] {
  return [
    ...SHARED,
    ...RARE,
    ...clients.flatMap(({ name }) => Array.from({ length: KEPT }, (_, i) => keptBy(name, i))),
  ];
}

// ---------------------------------------------------------------------------------------------------------------------

/** A key that one client alone writes, and nobody deletes. */
function keptBy(client: string, number: number): string {
  return `kept:${client}:${number}`;
}

/** Nothing is sent twice: a write that comes again later would be one that nobody made. */
function connected(address: string, timeoutMs: number, access: Access): Redis {
  const [host = '', port = ''] = address.split(':');
  const redis = new Redis({
    host,
    port: Number(port),
    ...access,
    protocol: 2,
    connectTimeout: timeoutMs,
    retryStrategy: () => 100,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableReadyCheck: false,
  });
  redis.on('error', () => {});
  return redis;
}

/** A refusal says that nothing was written; any other failure says nothing. */
function outcomeOf(reply: unknown): Outcome {
  if (!(reply instanceof Error)) return reply === undefined ? 'unknown' : 'done';
  const isReply = reply.name === 'ReplyError' && !reply.message.includes('may or may not');
  return isReply ? 'refused' : 'unknown';
}

async function witness(machine: Machine, key: string, access: Access): Promise<Witness> {
  const redis = connected(machine.address, WITNESS_MS_MAX, access);
  try {
    const late = pause(WITNESS_MS_MAX).then(() => 'unreachable' as const);
    const answer = await Promise.race([redis.call('MNEME', 'ENTRY', nameOf(key)), late]);
    return { node: machine.name, version: answer === 'unreachable' ? answer : versionIn(answer) };
  } catch {
    return { node: machine.name, version: 'unreachable' };
  } finally {
    redis.disconnect();
  }
}

function nameOf(key: string): string {
  return JSON.stringify({ database: 0, keyBase64: Buffer.from(key).toString('base64') });
}

function versionIn(reply: unknown): Version | null {
  const { entry } = JSON.parse(String(reply)) as EntryReply;
  return entry === null ? null : { hlc: entry.hlc, origin: entry.origin };
}

/** The version of a write, if what the key has now is what was written: a value of that id, or a delete. */
function ownVersionIn(reply: unknown, id: string | null): Version | null {
  if (reply === undefined || reply instanceof Error) return null;
  const { entry } = JSON.parse(String(reply)) as EntryReply;
  if (entry === null || entry.tombstone !== (id === null)) return null;
  const preview = Buffer.from(entry.previewBase64 ?? '', 'base64').toString();
  return id === null || idOf(preview) === id ? { hlc: entry.hlc, origin: entry.origin } : null;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
