import { BUCKETS } from '../../src/core/model/bytes.js';
import { fullKey } from '../../src/core/model/entry.js';
import { NodeCore } from '../../src/core/node.js';
import { SlabStorage } from '../../src/engines/embedded/slab/slab-storage.js';
import { encodeMessage, FrameDecoder } from '../../src/links/codec.js';

export type Name = 'a' | 'b';

/** Something that comes to one end of a conversation. Bytes are those of a link, as base64. */
export interface Input {
  readonly atMs: number;
  readonly to: Name;
  readonly link: number;
  readonly what: 'dialled' | 'accepted' | 'down' | 'bytes' | 'write' | 'resolve';
  readonly bytes?: string;
  readonly key?: string;
  /** null: a delete. */
  readonly value?: string | null;
}

/** What an end makes of it. */
interface Output {
  readonly link: number;
  /** null: it closes the link. */
  readonly bytes: Buffer | null;
}

const BEGIN_MS = 1_800_000_000_000;
export const STEP_MS = 20;
const SETTINGS = { 'failure-timeout': 2000, 'on-heal': 'manual' } as const;
const REPLICAS: Readonly<Record<Name, string>> = { a: 'aa'.repeat(8), b: 'bb'.repeat(8) };

/** One end of a link that is spoken in bytes: the core and the codec that ship, under a clock and chance that a script decides. */
export class Speaker {
  private nowMs = 0;
  private readonly storage = new SlabStorage();
  private readonly core: NodeCore;
  private readonly decoders = new Map<number, FrameDecoder>();
  /** What it was told to stop for. */
  readonly stops: string[] = [];

  constructor(name: Name) {
    const { storage } = this;
    const clusterId = name === 'a' ? 'recorded' : null;
    if (clusterId !== null) storage.setMeta('clusterId', clusterId);
    const clock = { wallMs: () => BEGIN_MS + this.nowMs, monoMs: () => this.nowMs, random: () => 0.5 };
    const self = { replica: REPLICAS[name], boot: 2, name, address: `${name}:7379`, memoryOnly: false, clusterId };
    this.core = new NodeCore({ storage, ...clock }, { ...self, founds: name === 'a', settings: SETTINGS });
  }

  tick(atMs: number): Output[] {
    this.nowMs = atMs;
    this.core.tick();
    return this.outputs();
  }

  take(input: Input): Output[] {
    this.nowMs = input.atMs;
    this.perform(input);
    return this.outputs();
  }

  /** What it holds, and what it knows of its cluster, in the end. */
  outcome(): object {
    const { records } = this.core.status;
    const store = this.storage.store('data');
    const entries = Array.from({ length: BUCKETS }, (_, bucket) => [...store.bucket(bucket)]).flat();
    const live = entries.flatMap(({ key, value, expiryMs }) =>
      value === null ? [] : [[Buffer.from(key).toString('latin1'), Buffer.from(value).toString(), expiryMs] as const],
    );
    return {
      state: this.core.state,
      members: records.active().map(({ name, state }) => ({ name, state })),
      entries: live.sort(([one], [other]) => (one < other ? -1 : 1)),
      incidents: records
        .incidentList()
        .map(({ kind, state, setAside, strategy }) => ({ kind, state, setAside, strategy })),
      problems: this.core.problems.list().map(({ text }) => text),
    };
  }

  private perform({ what, link, bytes = '', key = '', value = null }: Input): void {
    const { core } = this;
    if (what === 'dialled' || what === 'accepted') {
      this.decoders.set(link, new FrameDecoder());
      core.linkUp(link, what === 'dialled', what === 'dialled' ? 'a:7379' : null);
    } else if (what === 'down') core.linkDown(link);
    else if (what === 'bytes')
      this.decoders.get(link)!.push(Buffer.from(bytes, 'base64'), (message) => core.receive(link, message));
    else if (what === 'write') core.write(fullKey(0, Buffer.from(key)), value === null ? null : Buffer.from(value), 0);
    else core.operator.resolve({ kind: 'merge', policy: 'lww' }, new Map(), null, { resolve() {}, reject: fail });
  }

  private outputs(): Output[] {
    const { core } = this;
    while (core.work());
    while (core.pump());
    return core.takeEffects().flatMap((effect): Output[] => {
      if (effect.kind === 'stop') this.stops.push(effect.message);
      if (effect.kind === 'close') return [{ link: effect.link, bytes: null }];
      if (effect.kind !== 'send') return [];
      return [{ link: effect.link, bytes: Buffer.concat(encodeMessage(effect.message)) }];
    });
  }
}

function fail(error: Error): never {
  throw error;
}
