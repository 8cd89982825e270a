import { OperatorError } from '../../core/model/errors.js';
import { moreRoom } from '../../core/resolution/aside-room.js';
import { advice } from '../../hints/advice.js';
import { nextText } from '../../hints/next-steps.js';
import type { BridgeStatus, LeftOutView, Obstacle } from './bridge-status.js';
import { doubtObstacle, HeldView } from './held-view.js';
import { idToKey } from './ledger.js';
import { ABSENT } from './ledger-row.js';
import { type Ports, REAL_PORTS } from './ports.js';
import { redisCli } from './redis-cli.js';
import { locateBySentinel } from './sentinel.js';
import { Shard, type ShardListener } from './shard.js';
import { clientBuffer, type NodePort, nameOf, Site } from './site.js';
import type { RedisTarget } from './target.js';
import { Topology } from './topology.js';
import type { ChangeWatch } from './watched-store.js';

/** Keeps one Redis, of one server or of many, and one node the same. */
export class Bridge {
  readonly site: Site;
  private readonly shards: Shard[] = [];
  private readonly topology: Topology | null;
  private readonly heldView = new HeldView();

  constructor(
    private readonly target: RedisTarget,
    port: NodePort,
    ports: Ports = REAL_PORTS,
  ) {
    this.site = new Site(target, port, ports);
    this.site.signal = () => {
      for (const shard of this.shards) shard.signal();
    };
    const listener: ShardListener = {
      mayHaveMoved: () => this.topology?.refreshSoon(),
      attached: () => {
        if (this.isWhole) this.site.attached();
      },
      heard: () => {
        if (this.isWhole) this.site.noteHeard(Math.min(...this.shards.map(({ heard }) => heard)));
      },
      settled: () => {
        if (this.shards.every(({ scan }) => scan === null)) this.site.concludeAsides();
      },
      isMoved: ({ runId }) => this.shards.some((shard) => shard.runId === runId),
    };
    this.topology = target.kind === 'cluster' ? new Topology(this.site, this.shards, listener) : null;
    if (this.topology === null)
      this.shards.push(new Shard(this.site, target.label, () => locate(target, ports), null, listener));
  }

  start(): void {
    this.topology?.start();
    for (const shard of this.shards) shard.start();
  }

  /** To be told of each change of the node's entries. */
  readonly changes: ChangeWatch = {
    before: (key, then, current) => {
      this.site.store.changing(key);
      if (this.site.watches) this.site.before(key, then, current);
    },
    lost: (entry, to) => {
      if (this.site.watches) this.site.lost(entry, to);
    },
    together: (work) => {
      const done = this.site.store.together(() => this.site.ledger.together(work));
      this.site.asides.note();
      return done;
    },
  };

  status(): BridgeStatus {
    const { site, target, shards } = this;
    const of = site.store.liveCount(target.database);
    const server = shards.find(({ server }) => server !== null)?.server;
    const scans = shards.flatMap(({ scan }) => (scan === null ? [] : [scan]));
    return {
      redis: target.capture === 'replica' ? `${target.label}?capture=replica` : target.label,
      keys: `${target.prefix.toString()}*`,
      state: this.state(),
      problem: this.topology?.problem ?? shards.find(({ problem }) => problem !== null)?.problem ?? null,
      product: server?.product ?? null,
      version: server?.version ?? null,
      counters: { ...site.counters },
      toRead: site.dirty.size,
      toWrite: site.ledger.wanted,
      evictedKeys: site.ledger.evicted,
      refusedKeys: site.leftOut.count('to-redis'),
      leftOut: leftOutOf(site),
      held: this.heldView.of(site, this.topology === null ? [] : shards),
      waitingMs: Math.round(site.waitingMs),
      obstacles: [
        ...(this.topology?.obstacles ?? []),
        ...site.neighbours.obstacles(),
        ...this.waits(),
        ...roomObstacle(site),
        ...leftOutObstacle(site),
        ...this.doubts(),
      ],
      scan: scans.length === 0 ? null : { checked: scans.reduce((sum, { checked }) => sum + checked, 0), of },
      scanMs: shards.reduce<number | null>(
        (most, { scanMs }) => (scanMs === null ? most : Math.max(most ?? 0, scanMs)),
        null,
      ),
    };
  }

  /** Write what Redis may have lost back to it. Returns the number of keys. */
  restore(): number {
    this.checkHeld();
    const { held, ledger, conflicts } = this.site;
    const doubtful = [...ledger.doubtful];
    const count = held.size + doubtful.length;
    this.site.concludeAsides();
    this.site.asides.of('restore');
    ledger.together(() => {
      for (const [id, state] of held) {
        if (state === null) ledger.set(id, ABSENT);
        else conflicts.set(id, 'restore');
      }
      for (const id of doubtful) ledger.set(id, ABSENT);
    });
    return this.settleHeld(count);
  }

  /** Take what Redis has now as what the application wants: what is missing is deleted everywhere. Returns the number of keys. */
  confirmLoss(): number {
    this.checkHeld();
    const { held, ledger, conflicts } = this.site;
    const missing = [...held.keys(), ...ledger.doubtful];
    this.site.concludeAsides();
    this.site.asides.of('confirm-loss');
    for (const id of missing) conflicts.set(id, 'redis');
    return this.settleHeld(missing.length);
  }

  async stop(): Promise<void> {
    await this.topology?.stop();
    await Promise.all(this.shards.map((shard) => shard.stop()));
  }

  /** All keys were compared, and what becomes of them is heard of. */
  private get isWhole(): boolean {
    return this.topology?.isWhole !== false && this.shards.every(({ state }) => state === 'attached');
  }

  private doubts(): Obstacle[] {
    const unclear = this.shards.find(({ eventsToSet }) => eventsToSet !== null);
    return doubtObstacle(this.site, unclear?.eventsToSet ?? null);
  }

  /** What has waited for longer than a moment, and a server that does not answer. */
  private waits(): Obstacle[] {
    const { site, shards } = this;
    const silent = shards.reduce<Shard | null>(
      (most, shard) => (shard.silentMs > (most?.silentMs ?? 0) ? shard : most),
      null,
    );
    if (silent !== null && silent.silentMs >= PATIENCE_MS)
      return [silenceOf(silent, shards.length === 1 ? 'Redis' : silent.label, site)];
    const scans = shards.some(({ scan }) => scan !== null);
    // A scan holds writes back, and is told of as what it is.
    return scans || site.waitingMs < PATIENCE_MS ? [] : [lagOf(site)];
  }

  private settleHeld(count: number): number {
    this.site.held.clear();
    this.site.endDoubts();
    for (const shard of this.shards) shard.remember();
    this.site.signal();
    return count;
  }

  /** Of several shards, the one that is the furthest from being attached says how the whole stands. */
  state(): BridgeStatus['state'] {
    const states = this.shards.map(({ state }) => state);
    const found = (['waiting', 'connecting', 'scanning'] as const).find((state) => states.includes(state));
    if (found !== undefined) return found;
    if (states.length === 0 || this.topology?.isWhole === false) return 'connecting';
    return this.site.held.size > 0 ? 'held' : 'attached';
  }

  private checkHeld(): void {
    const isInDoubt = this.site.held.size + this.site.ledger.doubtful.size > 0;
    if (isInDoubt && ['held', 'attached'].includes(this.state())) return;
    const message = 'Nothing is held: Redis has not lost anything that is known of, or is being looked at just now.';
    throw new OperatorError('refused', message, 'mneme engine status');
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** So long the replication may lag, or a server may take to answer, before status says so. */
const PATIENCE_MS = 1000;

/** Some of them by name: there may be many. */
const LEFT_OUT_LISTED = 100;

function leftOutOf({ leftOut }: Site): LeftOutView {
  const keys = leftOut.list(LEFT_OUT_LISTED).map(({ id, way, reason, sinceMs }) => {
    const bytes = clientBuffer(idToKey(id)).subarray(0, KEY_BYTES_SHOWN);
    return { keyBase64: bytes.toString('base64'), way, reason, sinceMs };
  });
  return { count: leftOut.size, keys };
}

const KEY_BYTES_SHOWN = 256;

function leftOutObstacle({ leftOut }: Site): Obstacle[] {
  const [first] = leftOut.list(1);
  if (first === undefined) return [];
  const keys = leftOut.size === 1 ? '1 key is' : `${leftOut.size} keys are`;
  const such = leftOut.size === 1 ? '' : 'such as ';
  const text = `${keys} left out, ${such}${nameOf(first.id)}: ${first.reason}`;
  return [{ keys: leftOut.size, text, next: 'mneme engine status' }];
}

/** What is overridden is set aside first, and there is no room for it. */
function roomObstacle({ conflicts, asides, port, target }: Site): Obstacle[] {
  const { lack } = asides;
  if (lack === null || conflicts.size === 0) return [];
  const keys = conflicts.size === 1 ? '1 key that' : `${conflicts.size} keys that`;
  const text = `${keys} ${target.label} and the cluster hold otherwise stay so, since nothing more can be set aside (${lack.words})`;
  return [{ keys: conflicts.size, text, next: nextText(moreRoom(lack, port.self().name)) ?? 'mneme node limits' }];
}

function silenceOf({ silentMs }: Shard, name: string, site: Site): Obstacle {
  const text = `${name} has not answered for ${seconds(silentMs)}; ${waitingText(site)}`;
  return {
    keys: toDo(site),
    text,
    next: advice(
      redisCli(site.target, 'PING'),
      'Look whether that server stands still, and what was slow: SLOWLOG GET.',
    ),
  };
}

function lagOf(site: Site): Obstacle {
  const text = `${waitingText(site)}, the first of them for ${seconds(site.waitingMs)}`;
  return { keys: toDo(site), text, next: 'mneme cluster status --watch' };
}

function waitingText({ dirty, ledger }: Site): string {
  return `${dirty.size} keys wait to be read from it, ${ledger.wanted} to be written to it`;
}

function toDo({ dirty, ledger }: Site): number {
  return dirty.size + ledger.wanted;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

async function locate(target: RedisTarget, ports: Ports): Promise<RedisTarget> {
  return target.kind === 'sentinel' ? { ...target, ...(await locateBySentinel(target, ports)) } : target;
}
