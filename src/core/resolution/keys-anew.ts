import type { Context } from '../context.js';
import type { SetAsidePlace } from '../membership/records.js';
import { type Bytes, bytesToId } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import { isPartKey, wholeKeyOf } from '../model/parts.js';
import { isSameVersion, type Version, versionOf } from '../model/version.js';
import { type KeyContent, keyContent, rewriteKey } from './key-rewrite.js';
import { livePartsOf } from './live-parts.js';
import type { Plan, PlanItem } from './plan.js';
import type { Staging } from './staging.js';

type Stood = Pick<SetAsidePlace, 'standing' | 'stoodValue' | 'ended'>;

/** The keys that a plan writes anew with all of their parts, and what stands in the place of what it overrides. */
export class KeysAnew {
  private readonly ids: ReadonlySet<string>;
  /** Whether some are to stand, or to be set aside, as another island has them. */
  readonly areRead: boolean;
  private readonly written: Version;
  private last: { readonly id: string; readonly parts: ReadonlyMap<string, Entry> } | null = null;

  constructor(
    private readonly context: Context,
    private readonly staging: Staging,
    { items }: Plan,
    private readonly fence: Hlc,
  ) {
    const anew = items.filter(({ clash }) => clash?.restores === true);
    this.ids = new Set(anew.map(({ key }) => bytesToId(key)));
    this.areRead =
      anew.some(({ outcome }) => outcome > 0) || items.some(({ clash }) => clash?.losers.some((island) => island > 0));
    this.written = { hlc: fence, origin: context.replicas.data.origin };
  }

  /** Writes one of them, a part in a step. */
  rewrite(item: PlanItem): Generator<undefined> {
    return rewriteKey(this.context.replicas.data, this.fence, this.contentOf(item));
  }

  /** What stands in place of what an item overrides. */
  stoodOf(item: PlanItem): Stood {
    const { rewrite, clash, follows, versions, outcome } = item;
    const content = clash?.restores === true ? this.contentOf(item).whole : rewrite;
    if (content !== null) return { standing: this.written, stoodValue: content.value !== null };
    if (follows === true) return this.stoodOfPart(item.key, item);
    const stands = versions[outcome];
    return { standing: stands === undefined ? null : versionOf(stands), stoodValue: stands?.value != null };
  }

  /** A part that goes with its key is there only if it is written anew with it: ended, it leaves nothing. */
  stoodOfPart(key: Bytes, { outcome, versions, follows }: PlanItem): Stood {
    const whole = wholeKeyOf(key);
    const parts = this.ids.has(bytesToId(whole)) ? this.partsOf(whole, outcome) : null;
    const part = parts === null ? (follows === true ? versions[outcome] : undefined) : parts.get(bytesToId(key));
    if (part === undefined || part.value === null)
      return { standing: null, stoodValue: false, ended: parts === null || parts.size === 0 };
    return { standing: parts === null ? versionOf(part) : this.written, stoodValue: true };
  }

  /** All that an island has of a key that does not stand there: the whole, and the parts that a reader finds. What stands is not among them. */
  lostOf({ key, outcome }: PlanItem, island: number): { readonly whole: Entry | undefined; readonly parts: Entry[] } {
    const { whole, parts } = this.stateOf(key, island);
    const stands = new Map(this.stateOf(key, outcome).parts.map((part) => [bytesToId(part.key), part]));
    const isLost = (part: Entry): boolean => {
      const other = stands.get(bytesToId(part.key));
      return other === undefined || !isSameVersion(part, other);
    };
    return { whole, parts: parts.filter(isLost) };
  }

  // ---

  /** By their ids: the items of one key follow each other. */
  private partsOf(key: Bytes, outcome: number): ReadonlyMap<string, Entry> {
    const id = bytesToId(key);
    if (this.last?.id !== id) {
      const { parts } = this.contentOf({ key, outcome });
      this.last = { id, parts: new Map(parts.map((part) => [bytesToId(part.key), part])) };
    }
    return this.last.parts;
  }

  /** A key as the island has it whose version stands. */
  private contentOf({ key, outcome }: Pick<PlanItem, 'key' | 'outcome'>): KeyContent {
    const { whole, parts } = this.stateOf(key, outcome);
    return keyContent(key, whole, parts, this.context.ports.wallMs());
  }

  private stateOf(key: Bytes, island: number): { readonly whole: Entry | undefined; readonly parts: Entry[] } {
    const { ports, replicas } = this.context;
    const { store } = replicas.data;
    if (island === 0) return { whole: store.get(key), parts: livePartsOf(store, key, ports.wallMs()) };
    const id = bytesToId(key);
    const state = this.staging.stateOf(island, id);
    return { whole: state?.get(id), parts: [...(state?.values() ?? [])].filter((entry) => isPartKey(entry.key)) };
  }
}
