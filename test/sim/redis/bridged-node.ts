import type { Bytes } from '../../../src/core/model/bytes.js';
import type { Entry } from '../../../src/core/model/entry.js';
import type { Hlc } from '../../../src/core/model/hlc.js';
import { replicaOf } from '../../../src/core/model/version.js';
import type { NodeCore } from '../../../src/core/node.js';
import { type MemoryLimit, NO_LIMIT } from '../../../src/core/store/eviction.js';
import type { Group, Storage } from '../../../src/core/store/store.js';
import { Bridge } from '../../../src/engines/redis/bridge.js';
import type { NodePort } from '../../../src/engines/redis/site.js';
import { WatchedStorage } from '../../../src/engines/redis/watched-store.js';
import type { SimClock } from '../clock.js';
import { isPart, kindOf, splitPart } from '../parts.js';
import { SimNode } from '../sim-node.js';
import { SimPorts } from './bridge-ports.js';
import { heldBy, valueText } from './checkers/parts.js';
import { nameOfKey, stateOfEntry } from './content.js';
import { isOfParts } from './part-applications.js';
import type { SimSite } from './sim-site.js';
import type { BridgedWorld } from './world.js';

/** What JavaScript says of a bug, and an InvariantError of ours. */
const OUR_ERRORS = /is not a function|Cannot read prop|is not iterable|is not defined|of ours gave|the model of Redis/;

/** A node as it is shipped, with its bridge, beside the Redis of its site. */
export class BridgedNode extends SimNode {
  bridge: Bridge | null = null;
  isStopping = false;
  private ports: SimPorts | null = null;

  constructor(
    override readonly world: BridgedWorld,
    name: string,
    clock: SimClock,
    readonly site: SimSite,
    limit: MemoryLimit = NO_LIMIT,
  ) {
    super(world, name, clock, false, limit);
  }

  /** As an operator stops it: what is under way ends first. */
  stopInOrder(): void {
    const { bridge, ports } = this;
    if (this.core === null || bridge === null || ports === null || this.isStopping) return;
    this.world.note(`${this.name} is being stopped`);
    this.isStopping = this.world.hasPromises = true;
    void bridge.stop().then(() => ports.inProcess(() => this.endInOrder(() => {})));
  }

  /** An operator has changed something. */
  decided(): void {
    this.turn(() => {});
  }

  /** Whatever happens in the process, the bridge may have promises about it. */
  override whenAwake(run: () => void): void {
    this.world.hasPromises = true;
    super.whenAwake(run);
  }

  override turn(event: (core: NodeCore) => void): void {
    this.world.hasPromises = true;
    super.turn(event);
  }

  override halt(): void {
    this.ports?.end();
    this.ports = null;
    this.site?.nodeIsGone(this.bridge);
    this.bridge = null;
    this.isStopping = false;
    super.halt();
  }

  protected override openStorage(): Storage {
    this.ports = new SimPorts(this);
    this.bridge = new Bridge(this.site.target, this.port(), this.ports);
    return new WatchedStorage(this.disk, this.bridge.changes);
  }

  protected override opened(): void {
    this.site.starts.push(this.world.schedule.nowMs);
    this.bridge?.start();
  }

  override writing(group: Group, entry: Entry, before: Entry | undefined): void {
    super.writing(group, entry, before);
    if (group === 'system') this.world.noteSetAside(this.site, entry);
  }

  override putting(group: Group, entry: Entry, before: Entry | undefined): void {
    super.putting(group, entry, before);
    if (group !== 'data') return;
    if (this.notePart(entry)) return;
    const state = before === undefined ? null : stateOfEntry(before, this.site.nowMs);
    const key = nameOfKey(entry.key);
    this.site.book.of(key).noteHeld(state, this.world.schedule.nowMs);
    if (before === undefined || this.handling === null) return;
    for (const checker of this.world.bridgeCheckers) checker.replaced?.(this.site, key, entry, before);
  }

  private port(): NodePort {
    return {
      storage: this.disk,
      earlier: {
        isFenced: (after) => this.core!.earlier.isFenced(after),
        write: (after, key, ...what) => {
          const written = this.core!.earlier.write(after, key, ...what);
          if (!isOfParts(nameOfKey(key))) return this.captured(this.held(key), written);
          if (written.value !== null) this.world.fail('parts', `${this.name}: ${nameOfKey(key)} went whole`);
          this.world.note(`${this.name} captures the delete of ${nameOfKey(key)} as ${written.hlc}/${written.seq}`);
          this.world.partChecker.capturedDelete(this.site, nameOfKey(key), written);
          return written;
        },
        touch: (after, before, expiryMs) => this.captured(before, this.core!.earlier.touch(after, before, expiryMs)),
        deleteAt: (time, key) => {
          if (isOfParts(nameOfKey(key))) return this.partsDeletedAt(time, key);
          const written = this.captured(this.held(key), this.core!.earlier.deleteAt(time, key));
          if (written === null) this.site.book.of(nameOfKey(key)).knowFlushed();
          return written;
        },
        part: (after, key, shape, name, value) => {
          const [place, element] = [nameOfKey(key), Buffer.from(name).toString('latin1')];
          const before = heldBy(this.site, place, element);
          const written = this.core!.earlier.part(after, key, shape, name, value);
          const text = valueText(shape, value);
          this.world.note(`${this.name} captures ${place} ${element} ${text} as ${written.hlc}/${written.seq}`);
          this.world.partChecker.captured(this.site, { key: place, name: element, value: text, before }, written);
          return written;
        },
        expire: (...expiry) => this.core!.earlier.expire(...expiry),
      },
      takesParts: () => this.world.bridged.parts,
      now: () => this.core!.stamp(),
      isOwn: ({ origin }, everBefore = false) =>
        origin === this.core!.status.data.origin || (everBefore && replicaOf(origin) === this.replica),
      overrides: (kind) => this.core!.overrides(kind),
      isReady: () => this.core !== null && (this.core.state === 'serving' || this.core.state === 'no-quorum'),
      durable: async () => {
        if (this.disk.durablePosition < this.disk.position) await this.disk.sync();
      },
      self: () => ({ cluster: 'sim', name: 'sim', address: 'sim:1' }),
      isFeedingMuch: () => this.core?.isFeedingMuch === true,
      changed: () => this.driver?.schedule(),
      log: (level, message) => this.hear(level, message),
    };
  }

  /** What it held of an element is over; null: it is none. Returns whether it is of a key with parts. */
  private notePart(entry: Entry): boolean {
    const isOne = isPart(entry.key);
    const { whole, name } = isOne ? splitPart(entry.key) : { whole: entry.key, name: null };
    const key = nameOfKey(whole);
    if (!isOfParts(key)) return isOne;
    if (this.core === null || (isOne && kindOf(entry.key) === 'expiry')) return true;
    const untilMs = this.world.schedule.nowMs;
    for (const one of name === null ? this.site.parts.namesOf(key) : [name])
      this.site.parts.of(key, one).held.push({ value: heldBy(this.site, key, one), untilMs });
    return true;
  }

  private partsDeletedAt(time: Hlc, key: Bytes): Entry | null {
    const written = this.core!.earlier.deleteAt(time, key);
    this.world.note(`${this.name} captures that ${nameOfKey(key)} was flushed${written === null ? ', before' : ''}`);
    if (written !== null) this.world.partChecker.capturedDelete(this.site, nameOfKey(key), written);
    return written;
  }

  private held(key: Bytes): Entry | undefined {
    return this.disk.inner('data').get(key);
  }

  private captured<Written extends Entry | null>(before: Entry | undefined, written: Written): Written {
    if (written !== null) this.site.captured(written, before);
    return written;
  }

  /** A bridge goes on after an error of ours as after any other. */
  private hear(level: string, message: string): void {
    this.world.note(`${this.name} ${level}: ${message}`);
    if (OUR_ERRORS.test(message)) this.world.noteFailure('crash', `${this.name}: ${message}`);
  }
}
