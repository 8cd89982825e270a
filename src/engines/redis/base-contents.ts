import type { Bytes } from '../../core/model/bytes.js';
import { nameOf, PART, partKindOf } from '../../core/model/parts.js';
import type { CollectionShape } from '../../core/replication/collections.js';
import type { Storage } from '../../core/store/store.js';
import { type Collection, dumpOf, nameText } from './collection-dump.js';
import { ElementMap, type Elements, elementMapOf } from './element-map.js';
import { isLarge, type LargeCollection } from './large-entry.js';
import type { State } from './state.js';
import { namesUnlike } from './three-way.js';

/** What the node has of a key, where that is a collection which does not expire; null: nothing. */
export type OwnOf = (id: string) => Collection | null | undefined;

/**
 * What the bases of collections hold, so that what an application changes can be told from what others changed meanwhile: see
 * {@link changesOf}. Apart from the ledger's rows, many of which are written anew together. Of a large one that alone is kept which the node
 * has otherwise by now.
 */
export class BaseContents {
  /** By key, the digests of those that are kept. */
  private readonly kept = new Map<string, string>();
  private readonly large = new Map<string, Differences>();
  private readonly changed = new Set<string>();

  constructor(
    private readonly storage: Storage,
    private readonly ownOf: OwnOf,
  ) {
    for (const name of storage.metaNames(PREFIX)) this.kept.set(name.slice(PREFIX.length), '');
    for (const name of storage.metaNames(LARGE)) if (name.startsWith(pageName(0, ''))) this.kept.set(idIn(name), '');
  }

  /** The bases of a key as they were when they were kept. To be called before anything changes. */
  restored(id: string, bases: readonly State[]): readonly State[] {
    if (!this.kept.has(id)) return bases;
    const kept = this.storage.getMeta(PREFIX + id) as Kept | undefined;
    const contents = new Map<string, Buffer | Collection>(
      kept?.map(([digest, base64]) => [digest, Buffer.from(base64, 'base64')]) ?? this.restoredLarge(id),
    );
    const restored = bases.map((base) => {
      const content = base === null ? undefined : contents.get(base.digest);
      return base === null || content === undefined ? base : { ...base, content };
    });
    this.kept.set(id, signatureOf(bases));
    if (kept === undefined) this.keepAnew(id, restored);
    return restored;
  }

  keep(id: string, bases: readonly State[]): void {
    if (this.kept.size === 0 && bases.every((base) => base?.content === undefined)) return;
    const signature = signatureOf(bases);
    const isSame = signature === (this.kept.get(id) ?? '');
    if (isSame && (!this.large.has(id) || this.ownOf(id) !== undefined)) return;
    if (signature === '') return this.forget(id);
    if (this.follow(id, bases)) this.kept.set(id, signature);
    else this.keepAnew(id, bases);
  }

  /**
   * The elements of a large collection that its base may have otherwise than the node, the latest first; undefined: it has several bases, or
   * they are kept whole.
   */
  differing(id: string): Iterable<string> | undefined {
    const differences = this.large.get(id);
    return differences?.bases.length === 1 ? differences.latest() : undefined;
  }

  forget(id: string): void {
    if (!this.kept.delete(id)) return;
    this.forgetLarge(id);
    this.storage.setMeta(PREFIX + id, undefined);
  }

  /** What the node has of a key is about to be changed by others. `part`: the one that is; null: all of them. */
  changing(id: string, part: Bytes | null): void {
    const differences = this.large.get(id);
    if (differences === undefined) return;
    if (part === null) return this.endAll(id, differences);
    if (partKindOf(part) !== PART[differences.shape]) return this.keepWhole(id, differences.bases);
    if (differences.add(nameText(nameOf(part)))) this.changed.add(id);
  }

  /** To be called at the end of what happens together. */
  record(): void {
    if (this.changed.size === 0) return;
    for (const id of this.changed) this.large.get(id)?.record((page, kept) => this.put(page, id, kept));
    this.changed.clear();
  }

  // ---

  /** Of a large one, bases that come after others: what is the same is kept as it is. Returns false if there were none. */
  private follow(id: string, bases: readonly State[]): boolean {
    const [differences, own] = [this.large.get(id), this.ownOf(id)];
    if (differences === undefined || own === undefined || differences.contents.length === 0) return false;
    const { shape } = differences;
    if ((own ?? differences).shape !== shape || !contentsOf(bases).every((one) => isLargeOf(one, shape))) return false;
    differences.follow(bases, own?.elements ?? ElementMap.EMPTY);
    differences.record((page, kept) => this.put(page, id, kept));
    return true;
  }

  /** All that the node has of a key is about to end. */
  private endAll(id: string, differences: Differences): void {
    differences.addAll();
    this.changed.add(id);
  }

  private keepAnew(id: string, bases: readonly State[]): void {
    this.kept.set(id, signatureOf(bases));
    this.forgetLarge(id);
    const own = this.ownOf(id);
    const contents: (Buffer | Collection)[] = contentsOf(bases);
    const [first] = contents;
    const shape = own?.shape ?? (first === undefined || Buffer.isBuffer(first) ? undefined : first.shape);
    const isLargeLike = (content: Buffer | Collection): content is LargeCollection => isLargeOf(content, shape);
    if (own === undefined || shape === undefined || !contents.every(isLargeLike)) return this.keepWhole(id, bases);
    const elements = own?.elements ?? ElementMap.EMPTY;
    const differences = new Differences(bases, shape);
    for (const content of contents) for (const name of namesUnlike(content.elements, elements)) differences.add(name);
    this.large.set(id, differences);
    this.storage.setMeta(PREFIX + id, undefined);
    differences.record((page, kept) => this.put(page, id, kept));
  }

  private keepWhole(id: string, bases: readonly State[]): void {
    this.forgetLarge(id);
    const contents: Kept = bases.flatMap((base) =>
      base?.content === undefined ? [] : [[base.digest, dumpIn(base.content).toString('base64')] as const],
    );
    this.storage.setMeta(PREFIX + id, contents);
  }

  private restoredLarge(id: string): [digest: string, content: Collection][] {
    const { shape, digests, others } = this.storage.getMeta(pageName(0, id)) as FirstPage;
    const rows: OtherRow[] = [...others];
    let pages = 1;
    for (; ; pages++) {
      const more = this.storage.getMeta(pageName(pages, id)) as Page | undefined;
      if (more === undefined) break;
      rows.push(...more.others);
    }
    this.large.set(id, new Differences([], shape, pages));
    const own = this.ownOf(id);
    const edits = digests.map(() => elementMapOf(own?.shape === shape ? own.elements : ElementMap.EMPTY).edit());
    for (const [name, ...values] of rows)
      for (const [i, edit] of edits.entries()) {
        const value = i < values.length ? values[i] : values.at(-1);
        if (value == null) edit.delete(name);
        else edit.set(name, value);
      }
    return digests.map((digest, i) => [digest, { shape, elements: edits[i]!.done() }]);
  }

  private forgetLarge(id: string): void {
    const pages = this.large.get(id)?.pages ?? 0;
    this.large.delete(id);
    this.changed.delete(id);
    for (let page = 0; page < pages; page++) this.storage.setMeta(pageName(page, id), undefined);
  }

  private put(page: number, id: string, kept: Page | undefined): void {
    this.storage.setMeta(pageName(page, id), kept);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const PREFIX = 'redis/base/';
const LARGE = 'redis/base-of-large/';
const ROWS_PER_PAGE = 512;

type Kept = (readonly [digest: string, base64: string])[];

/**
 * An element that the node has otherwise, as each of the bases has it; null: it has none. Where there are fewer than bases, the others have it
 * as the last of these.
 */
type OtherRow = readonly [name: string, ...values: (string | null)[]];

interface Page {
  readonly others: readonly OtherRow[];
}

interface FirstPage extends Page {
  readonly shape: CollectionShape;
  readonly digests: readonly string[];
}

/** The elements that the bases of a large collection may have otherwise than the node. The first page says what they are of. */
class Differences {
  /** By name, the place among the rows. */
  private readonly places = new Map<string, number>();
  private readonly rows: OtherRow[] = [];
  /** Pages that are not as they are kept. */
  private readonly changed = new Set([0]);

  contents: readonly LargeCollection[];

  constructor(
    public bases: readonly State[],
    readonly shape: CollectionShape,
    /** So many are kept. */
    public pages = 0,
  ) {
    this.contents = contentsOf(bases);
  }

  /** Returns whether that is new. */
  add(name: string): boolean {
    if (this.places.has(name)) return false;
    this.push(this.rowOf(name));
    return true;
  }

  /** All that the bases have. */
  addAll(): void {
    const isOne = this.contents.length === 1;
    for (const { elements } of this.contents)
      for (const row of elements) if (!this.places.has(row[0])) this.push(isOne ? row : this.rowOf(row[0]));
  }

  /** The names, the latest first. */
  *latest(): Iterable<string> {
    for (let at = this.rows.length - 1; at >= 0; at--) yield this.rows[at]![0];
  }

  /** Other bases, after those that there were. What all of these have as the first of them keeps its rows. */
  follow(bases: readonly State[], own: Elements): void {
    const [first, ...others] = this.contents;
    this.bases = bases;
    this.contents = contentsOf(bases);
    this.changed.add(0);
    for (const elements of new Set([...others, ...this.contents].map((content) => content.elements)))
      for (const [name] of elements.differences(first!.elements)) this.renew(name);
    const isOwn = ([name]: OtherRow): boolean =>
      this.contents.every(({ elements }) => elements.get(name) === own.get(name));
    for (let last = this.rows.at(-1); last !== undefined && isOwn(last); last = this.rows.at(-1)) {
      this.rows.pop();
      this.places.delete(last[0]);
      this.changed.add(pageOf(this.rows.length));
    }
  }

  record(put: (page: number, kept: Page | FirstPage | undefined) => void): void {
    const count = pageOf(this.rows.length + ROWS_PER_PAGE - 1);
    for (const page of this.changed) {
      const from = (page - 1) * ROWS_PER_PAGE;
      if (page === 0) put(0, { shape: this.shape, digests: digestsOf(this.bases), others: [] });
      else if (page < count) put(page, { others: this.rows.slice(from, from + ROWS_PER_PAGE) });
    }
    this.changed.clear();
    for (let page = count; page < this.pages; page++) put(page, undefined);
    this.pages = count;
  }

  private push(row: OtherRow): void {
    this.places.set(row[0], this.rows.length);
    this.changed.add(pageOf(this.rows.length));
    this.rows.push(row);
  }

  private renew(name: string): void {
    const place = this.places.get(name);
    if (place === undefined) return void this.add(name);
    this.rows[place] = this.rowOf(name);
    this.changed.add(pageOf(place));
  }

  private rowOf(name: string): OtherRow {
    return [name, ...this.contents.map(({ elements }) => elements.get(name) ?? null)];
  }
}

/** That of the row at this place. */
function pageOf(place: number): number {
  return 1 + Math.floor(place / ROWS_PER_PAGE);
}

/** Of bases that are kept by what differs. */
function contentsOf(bases: readonly State[]): LargeCollection[] {
  return bases.flatMap((base) => (base?.content === undefined ? [] : [base.content as LargeCollection]));
}

function digestsOf(bases: readonly State[]): string[] {
  return bases.flatMap((base) => (base?.content === undefined ? [] : [base.digest]));
}

function signatureOf(bases: readonly State[]): string {
  return digestsOf(bases).join();
}

function isLargeOf(content: Buffer | Collection, shape: CollectionShape | undefined): content is LargeCollection {
  return !Buffer.isBuffer(content) && isLarge(content) && content.shape === shape;
}

function dumpIn(content: Buffer | Collection): Buffer {
  return Buffer.isBuffer(content) ? content : dumpOf(content);
}

function pageName(page: number, id: string): string {
  return `${LARGE}${page}/${id}`;
}

function idIn(name: string): string {
  return name.slice(name.indexOf('/', LARGE.length) + 1);
}
