import { readSetAside, type SetAside } from '../../../src/core/membership/records.js';
import { type Entry, entryId, lastWriteOf } from '../../../src/core/model/entry.js';
import { versionName } from '../../../src/core/model/version.js';
import { SLICES } from '../../../src/core/store/slices.js';
import type { Capture } from '../../../src/engines/redis/target.js';
import type { SimClock } from '../clock.js';
import type { NetworkOptions } from '../network.js';
import { SHAPES } from '../part-clients.js';
import { isPart, kindOf, splitPart } from '../parts.js';
import type { Prng } from '../prng.js';
import type { SimNode } from '../sim-node.js';
import { World } from '../world.js';
import type { Deed } from './book.js';
import { BridgedNode } from './bridged-node.js';
import type { BridgeChecker } from './checker.js';
import { asideOf, PartChecker, valueText } from './checkers/parts.js';
import { nameOfKey, stateOfEntry } from './content.js';
import type { LineOptions } from './line.js';
import type { Change, ServerOptions } from './model/server.js';
import { SimSite } from './sim-site.js';

export interface BridgedWorldOptions {
  readonly network: NetworkOptions;
  readonly line: LineOptions;
  readonly syncMaxMs: number;
  readonly skewMaxMs: number;
  readonly server: ServerOptions;
  /** Of single servers. Nodes beside masters that Sentinels watch track. */
  readonly capture: Capture;
  /** Hashes, sets and sorted sets are compared element by element. */
  readonly parts: boolean;
  /** Two elements make a collection a large one. */
  readonly large: boolean;
}

const CLOCK_READS_MAX = 100_000;

/** Sites, each with a node and a Redis, and the truth about what their applications did. */
export class BridgedWorld extends World {
  readonly sites: SimSite[] = [];
  /** How many things happened to keys so far. */
  deeds = 0;
  sampledAtMs = 0;
  spin = { atMs: 0, events: 0 };
  /** Since the last event. */
  clockReads = 0;
  bridgeCheckers: readonly BridgeChecker[] = [];
  readonly partChecker = new PartChecker();
  /** By entry: what the application did that it is the version of. */
  readonly deedOf = new Map<string, Deed>();
  /** `key state` of what was set aside. */
  readonly setAside = new Set<string>();

  constructor(
    random: Prng,
    readonly bridged: BridgedWorldOptions,
    keepsTrace: boolean,
  ) {
    super(
      random,
      {
        network: bridged.network,
        syncMaxMs: bridged.syncMaxMs,
        skewMaxMs: bridged.skewMaxMs,
        driftMax: 0,
        memoryOnlyChance: 0,
        slices: SLICES,
        limits: null,
      },
      keepsTrace,
    );
  }

  /** A machine with a Redis and a node. */
  addSite(): SimSite {
    this.addNode();
    return this.sites.at(-1)!;
  }

  /** Who looks at the clock again and again, and lets nothing else happen, would hold the event loop. */
  noteClockRead({ name }: BridgedNode): void {
    if (++this.clockReads > CLOCK_READS_MAX) this.fail('spin', `${name} holds the event loop`);
  }

  protected override makeNode(name: string, clock: SimClock): SimNode {
    const { server, line } = this.bridged;
    const site = new SimSite(this, `r${name.slice(1)}`, { ...server }, line, () => clock.wallMs());
    const node = new BridgedNode(this, name, clock, site);
    site.node = node;
    this.sites.push(site);
    return node;
  }

  /** A node has versioned what it found in Redis. */
  tellCaptured(site: SimSite, key: string, state: string | null, written: Entry, before: Entry | undefined): void {
    const wish = site.book.of(key).openWish(state, site.nowMs);
    for (const checker of this.bridgeCheckers) checker.captured?.(site, key, state, wish, written, before);
    if (wish === null) return;
    const { origin, seq } = lastWriteOf(written);
    site.book.of(key).capture(wish, () => this.book.of('data', origin)[seq - 1]?.lost === true);
    this.deedOf.set(versionOf(written), wish);
  }

  /** A node is about to have changed a key of its Redis. */
  tellApplied(site: SimSite, change: Change): void {
    for (const checker of this.bridgeCheckers) checker.applied?.(site, change);
  }

  /** A record of the cluster was written: it may keep what is being overridden. */
  noteSetAside(site: SimSite, entry: Entry): void {
    const kept = readSetAside(entry, null);
    if (kept === null) return;
    if (isPart(kept.key)) return this.notePartAside(site, kept);
    const [key, state] = [nameOfKey(kept.key), stateOfEntry(kept, 0)];
    this.note(`set aside: ${key} ${state}`);
    this.setAside.add(`${key} ${state}`);
    const isOfResolution = kept.conflict !== undefined;
    for (const checker of this.bridgeCheckers) if (!isOfResolution) checker.setAside?.(site, key, state);
  }

  private notePartAside(site: SimSite, { key, value, island, conflict }: SetAside): void {
    const { whole, name } = splitPart(key);
    const kind = kindOf(key);
    if (kind === 'expiry' || kind === 'count') return;
    const text = valueText(SHAPES[kind], value);
    const aside = asideOf(nameOfKey(whole), name, text);
    this.note(`set aside: ${aside}`);
    if (island === 0 && conflict === undefined) this.partChecker.setAside(site, nameOfKey(whole), name, text);
    this.setAside.add(aside);
  }
}

export function versionOf(entry: Pick<Entry, 'hlc' | 'origin' | 'key' | 'touch'>): string {
  return `${entryId(entry as Entry)}/${versionName(entry)}`;
}
