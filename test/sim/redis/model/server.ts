import type { Prng } from '../../prng.js';
import { type Carrier, type Party, ServerClient, type Tracking } from './client.js';
import { type Databases, LaggingCopy, put } from './copy.js';
import { execute } from './execute.js';
import type { Item } from './item.js';
import { Replication } from './replication.js';
import { Push, type Reply, text } from './resp.js';

/** Why a key changed. load: other data took the place of what there was. */
export type Cause = Party | 'expiry' | 'eviction' | 'load';

export interface Change {
  readonly database: number;
  readonly key: string;
  readonly before: Item | null;
  readonly after: Item | null;
  readonly cause: Cause;
  /** With all others. */
  readonly isFlush: boolean;
}

/** What a server has from the machine that it runs on. */
export interface Machine {
  wallMs(): number;
  /** Calls `run` after so long. */
  after(ms: number, run: () => void): void;
  readonly random: Prng;
}

export interface ServerOptions {
  /** 0: no limit. */
  readonly maxMemory: number;
  readonly policy: 'allkeys-lru' | 'noeviction';
  /** As in its configuration. */
  events: string;
  /** Of the class pubsub; 0: none. */
  readonly pubSubBytesMax: number;
  /** How many keys a call of SCAN gives at most. */
  readonly keysPerScan: number;
  /** How long the reply to a look at some elements of a collection takes at most. */
  readonly elementScanMs: number;
  /** Whether a replica follows it. */
  readonly hasReplica: boolean;
}

/** A Redis 7, as far as a bridge can tell: data, clients, tracking, transactions, expiry, eviction, restarts and failovers. */
export class SimRedis {
  onChange: (change: Change) => void = () => {};
  data: Databases = new Map();
  readonly clients = new Set<ServerClient>();
  readonly scripts = new Set<string>();
  /** Until then others have it forget its scripts after each turn of a client. */
  forgetsUntilMs = 0;
  /** Commands, and prefixes of keys as `key:PREFIX`, that the user of the node has no right to; `channels`. */
  readonly denied = new Set<string>();
  readonly watchers = new Map<string, Set<ServerClient>>();
  /** Changed keys that trackers have not been told of yet, each with the client that changed it last. */
  private readonly invalid = new Map<string, ServerClient | null>();
  seed = 0;
  runId = '';
  /** It is another process from now on. */
  onRenewed: () => void = () => {};
  replicationId = '';
  predecessor = { replicationId: '0'.repeat(40), offset: -2 };
  offset = 0;
  evicted = 0;
  isUp = true;
  isLoading = false;
  /** Replica of another server by now. */
  isReplica = false;
  /** Until then a slow script runs: nothing is done. With `isBusy` commands are answered by BUSY. */
  standsUntilMs = 0;
  isBusy = false;
  private replica: LaggingCopy;
  private file: LaggingCopy;
  readonly replication = new Replication(this);
  private clientIds = 0;
  private isEnding = false;
  private itemBytes = 0;

  constructor(
    readonly machine: Machine,
    public options: ServerOptions,
  ) {
    this.renew();
    this.replicationId = machine.random.hex(40);
    this.replica = new LaggingCopy(this.data, 0);
    this.file = new LaggingCopy(this.data, 0);
  }

  get nowMs(): number {
    return this.machine.wallMs();
  }

  get stands(): boolean {
    return this.nowMs < this.standsUntilMs;
  }

  // ---- clients

  connect(party: Party, carrier: Carrier | null): ServerClient {
    const client = new ServerClient(++this.clientIds, party, carrier);
    this.clients.add(client);
    return client;
  }

  disconnect(client: ServerClient): void {
    this.unwatch(client);
    this.clients.delete(client);
    client.close();
  }

  clientOf(id: number): ServerClient | null {
    for (const client of this.clients) if (client.id === id) return client;
    return null;
  }

  /** One command, and its reply. */
  execute(client: ServerClient, args: readonly Buffer[]): Reply | undefined {
    this.endSoon();
    return execute(this, client, args);
  }

  /** Bytes came in: all whole commands among them are executed. */
  receive(client: ServerClient, bytes: Buffer): void {
    if (client.isClosing) return;
    this.executeAll(client, client.parser.push(bytes));
    if (this.nowMs < this.forgetsUntilMs) this.scripts.clear();
  }

  /** The client waits for so long, and then gets a reply: what it asked for since comes afterwards. */
  block(client: ServerClient, ms: number, reply: Reply): void {
    client.backlog = [];
    this.machine.after(ms, () => {
      const { backlog } = client;
      client.backlog = null;
      if (client.isClosing || backlog === null) return;
      client.say(reply);
      this.executeAll(client, backlog);
      this.endSoon();
    });
  }

  private executeAll(client: ServerClient, commands: readonly Buffer[][]): void {
    for (const args of commands) {
      if (client.backlog !== null) {
        client.backlog.push(args);
        continue;
      }
      const reply = this.execute(client, args);
      if (reply !== undefined) client.say(reply);
      if (client.isClosing) return;
    }
  }

  // ---- keys

  /** As a command finds it: what has expired is gone. */
  find(database: number, key: string): Item | null {
    const item = this.peek(database, key);
    if (item === null || !this.isExpired(item)) return item;
    this.change(database, key, null, 'expiry', null);
    return null;
  }

  /** Also where it has expired, and nobody has looked. */
  peek(database: number, key: string): Item | null {
    return this.data.get(database)?.get(key) ?? null;
  }

  isExpired({ expiryMs }: Item): boolean {
    return expiryMs !== 0 && this.nowMs > expiryMs;
  }

  /** @param by the client, as the tracking knows it; null: a script, or the server itself */
  change(database: number, key: string, after: Item | null, cause: Cause, by: ServerClient | null): void {
    const before = this.peek(database, key);
    if (before === null && after === null) return;
    this.replication.changed(database, key, after);
    this.store(database, key, before, after);
    this.touch(database, key, cause);
    this.invalid.delete(key);
    this.invalid.set(key, by);
    this.onChange({ database, key, before, after, cause, isFlush: false });
  }

  /** Empties all databases, or one. */
  flush(database: number | null, cause: Cause): void {
    for (const [number, keys] of this.data) {
      if (database !== null && number !== database) continue;
      for (const key of [...keys.keys()].sort()) {
        const before = this.peek(number, key)!;
        this.store(number, key, before, null);
        this.touch(number, key, cause);
        this.onChange({ database: number, key, before, after: null, cause, isFlush: true });
      }
    }
    this.replication.write(database ?? 0, [database === null ? 'FLUSHALL' : 'FLUSHDB']);
    for (const client of this.clients) {
      if (client.tracking !== null) this.tell(client, client.tracking, null);
    }
  }

  watch(client: ServerClient, key: string): void {
    const name = `${client.database}:${key}`;
    if (client.watched.has(name)) return;
    const item = this.peek(client.database, key);
    client.watched.set(name, item !== null && this.isExpired(item));
    const watchers = this.watchers.get(name) ?? new Set();
    watchers.add(client);
    this.watchers.set(name, watchers);
  }

  unwatch(client: ServerClient): void {
    for (const name of client.watched.keys()) this.watchers.get(name)?.delete(client);
    client.watched.clear();
    client.isTouched = false;
  }

  /** Whether a watched key has expired since it was watched. */
  hasWatchedExpired(client: ServerClient): boolean {
    return [...client.watched].some(([name, wasExpired]) => {
      const colon = name.indexOf(':');
      const item = this.peek(Number(name.slice(0, colon)), name.slice(colon + 1));
      return !wasExpired && item !== null && this.isExpired(item);
    });
  }

  // ---- memory

  get usedBytes(): number {
    let bytes = this.itemBytes;
    // What waits for replicas does not count for the limit.
    for (const { outputBytes, isReplica } of this.clients) if (!isReplica) bytes += outputBytes;
    return bytes;
  }

  /** Evicts what is too much. Gives whether there is room now. */
  makeRoom(): boolean {
    const { maxMemory, policy } = this.options;
    while (maxMemory > 0 && this.usedBytes > maxMemory) {
      const keys =
        policy === 'noeviction'
          ? []
          : [...this.data].flatMap(([db, all]) => [...all.keys()].map((key) => [db, key] as const));
      if (keys.length === 0) return false;
      const [database, key] = this.machine.random.pick(keys);
      this.evict(database, key);
    }
    return true;
  }

  evict(database: number, key: string): void {
    this.evicted++;
    this.change(database, key, null, 'eviction', null);
    if (/E/.test(this.options.events) && /[Ae]/.test(this.options.events)) {
      this.publish(`__keyevent@${database}__:evicted`, key);
    }
  }

  /** Some of what has expired goes without being asked for. */
  expireSome(): void {
    for (const [database, keys] of this.data) {
      for (const [key, item] of [...keys]) {
        if (this.isExpired(item) && this.machine.random.chance(0.5)) this.change(database, key, null, 'expiry', null);
      }
    }
    this.endSoon();
  }

  // ---- life

  /** The process is gone, and all connections with it. */
  die(): void {
    this.isUp = false;
    this.replication.end();
    for (const client of [...this.clients]) this.disconnect(client);
    this.invalid.clear();
    this.watchers.clear();
    this.standsUntilMs = 0;
  }

  /** What it has now is on its disk. */
  save(): void {
    this.file.advance(Number.POSITIVE_INFINITY);
  }

  /** Starts again with what its file has, or with all, or with nothing. */
  start(which: 'all' | 'file' | 'nothing', loadingMs: number): void {
    const data = which === 'all' ? this.data : which === 'file' ? this.file.take().data : new Map();
    this.renew();
    this.replicationId = this.machine.random.hex(40);
    this.predecessor = { replicationId: '0'.repeat(40), offset: -2 };
    this.offset = 0;
    this.load(data);
    this.isUp = true;
    this.isLoading = loadingMs > 0;
    if (loadingMs > 0)
      this.machine.after(loadingMs, () => {
        this.isLoading = false;
      });
  }

  /** Its replica, which is behind by so much, takes over; this process is no more. */
  failOver(lagMs: number): void {
    this.replica.advance(this.nowMs - lagMs);
    const { data, offset } = this.replica.take();
    this.die();
    this.predecessor = { replicationId: this.replicationId, offset };
    this.renew();
    this.replicationId = this.machine.random.hex(40);
    this.offset = offset;
    this.load(data);
    this.isUp = true;
  }

  // ---- the end of a turn of its loop

  /** What changed is told once all that came in this turn was executed. */
  endSoon(): void {
    if (this.isEnding) return;
    this.isEnding = true;
    this.machine.after(0, () => this.endTurn());
  }

  private endTurn(): void {
    this.isEnding = false;
    if (!this.isUp) return;
    if (this.invalid.size > 0) this.tellInvalid();
    const { pubSubBytesMax } = this.options;
    for (const client of [...this.clients]) {
      const isLimited = client.isOfPubSub || client.isReplica;
      if (isLimited && pubSubBytesMax > 0 && client.outputBytes > pubSubBytesMax) this.disconnect(client);
      else client.offer();
    }
  }

  private tellInvalid(): void {
    const changed = [...this.invalid].sort(([a], [b]) => (a < b ? -1 : 1));
    this.invalid.clear();
    for (const client of this.clients) {
      const { tracking } = client;
      if (tracking === null) continue;
      for (const prefix of tracking.prefixes) {
        const keys = changed.filter(([key, by]) => key.startsWith(prefix) && !(tracking.isNoLoop && by === client));
        if (keys.length > 0)
          this.tell(
            client,
            tracking,
            keys.map(([key]) => text(key)),
          );
      }
    }
  }

  private tell(tracker: ServerClient, { redirect }: Tracking, keys: readonly Reply[] | null): void {
    const client = redirect === null ? tracker : this.clientOf(redirect);
    if (client === null) {
      if (tracker.protocol === 3) tracker.say(new Push([text('tracking-redir-broken'), redirect]));
    } else if (client.protocol === 3) client.say(new Push([text('invalidate'), keys]));
    else if (client.isOfPubSub) throw new Error('the model of Redis tells changes by RESP3 alone');
  }

  private publish(channel: string, message: string): void {
    for (const client of this.clients) {
      if (client.channels.has(channel)) client.say(new Push([text('message'), text(channel), text(message)]));
    }
  }

  // ---- helpers

  private store(database: number, key: string, before: Item | null, after: Item | null): void {
    put(this.data, database, key, after);
    this.itemBytes +=
      (after === null ? 0 : after.bytes + key.length) - (before === null ? 0 : before.bytes + key.length);
    if (this.options.hasReplica) this.offset += 40;
    this.file.note(this.nowMs, this.offset, database, key, after);
    this.replica.note(this.nowMs, this.offset, database, key, after);
  }

  private touch(database: number, key: string, cause: Cause): void {
    const name = `${database}:${key}`;
    for (const client of this.watchers.get(name) ?? []) {
      // It was seen as expired when it was watched, so its removal is no change.
      if (cause === 'expiry' && client.watched.get(name) === true) client.watched.set(name, false);
      else client.isTouched = true;
    }
  }

  /** Another process. */
  private renew(): void {
    const { random } = this.machine;
    this.seed = random.between(1, 2 ** 31);
    this.runId = random.hex(40);
    this.onRenewed();
    this.evicted = 0;
    this.scripts.clear();
  }

  private load(data: Databases): void {
    const before = this.data;
    this.data = data;
    this.itemBytes = 0;
    for (const keys of data.values()) for (const [key, item] of keys) this.itemBytes += item.bytes + key.length;
    this.replica = new LaggingCopy(data, this.offset);
    this.file = new LaggingCopy(data, this.offset);
    if (before === data) return;
    for (const database of new Set([...before.keys(), ...data.keys()])) this.tellLoaded(database, before, data);
  }

  private tellLoaded(database: number, before: Databases, now: Databases): void {
    const [old, fresh] = [
      before.get(database) ?? new Map<string, Item>(),
      now.get(database) ?? new Map<string, Item>(),
    ];
    for (const key of [...new Set([...old.keys(), ...fresh.keys()])].sort()) {
      const [was, is] = [old.get(key) ?? null, fresh.get(key) ?? null];
      if (was !== is) this.onChange({ database, key, before: was, after: is, cause: 'load', isFlush: false });
    }
  }
}
