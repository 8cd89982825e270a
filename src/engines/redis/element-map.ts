/** Elements of a collection by their names, as a `ReadonlyMap` has them. */
export interface Elements extends Iterable<[name: string, value: string]> {
  readonly size: number;
  get(name: string): string | undefined;
  has(name: string): boolean;
  keys(): Iterable<string>;
}

/** An element that two maps have otherwise; undefined: one of them lacks it. */
export type Differing = readonly [name: string, one: string | undefined, other: string | undefined];

/**
 * The elements of a large collection: a hash trie (Bagwell) that never changes. A map that is made of another one shares with it what is the
 * same, so that to keep both takes little, and what differs between the two is found without a look at the rest.
 */
export class ElementMap implements Elements {
  static readonly EMPTY: ElementMap;

  /** To be called by {@link ElementEdit} alone. */
  constructor(
    readonly root: Branch,
    readonly totals: Totals,
  ) {}

  get size(): number {
    return this.totals.size;
  }

  /** The same for the same elements: 64 bits of a sum over them, and how many there are. */
  get digest(): string {
    const { first, second } = this.root;
    return [first, second, this.size].map((part) => (part >>> 0).toString(36)).join('.');
  }

  get(name: string): string | undefined {
    return valueIn(this.root, name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  *keys(): Iterable<string> {
    for (const { name } of leavesOf(this.root)) yield name;
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (const { name, value } of leavesOf(this.root)) yield [name, value];
  }

  edit(): ElementEdit {
    return new ElementEdit(this);
  }

  /** What `other` has otherwise. */
  differences(other: ElementMap): Iterable<Differing> {
    return differing(this.root, other.root);
  }

  isSame(other: ElementMap): boolean {
    return this.digest === other.digest;
  }
}

/** The same elements as a map of this kind. */
export function elementMapOf(elements: Elements): ElementMap {
  if (elements instanceof ElementMap) return elements;
  const edit = ElementMap.EMPTY.edit();
  for (const [name, value] of elements) edit.set(name, value);
  return edit.done();
}

/** A map in the making. */
export class ElementEdit {
  private root: Branch;
  private readonly totals: Totals;
  private readonly token: Token = {};
  /** What the change that is under way adds to the sums of the branches above it. */
  private first = 0;
  private second = 0;
  /** The value of the element that it has taken away or replaced. */
  private had: string | undefined;

  constructor(of: ElementMap) {
    this.root = of.root;
    this.totals = { ...of.totals };
  }

  get size(): number {
    return this.totals.size;
  }

  get(name: string): string | undefined {
    return valueIn(this.root, name);
  }

  set(name: string, value: string): void {
    const hash = hashOf(name, FIRST_SEED);
    this.begin();
    this.count(hash, name, value, 1);
    this.root = this.put(this.root, 0, new Leaf(hash, name, value, undefined));
    if (name.length > this.totals.longest) this.totals.longest = name.length;
  }

  /** Returns the value that it had. */
  delete(name: string): string | undefined {
    this.begin();
    this.root = this.without(this.root, 0, hashOf(name, FIRST_SEED), name);
    return this.had;
  }

  /** The edit is not to be used any more. */
  done(): ElementMap {
    return new ElementMap(this.root, this.totals);
  }

  // ---

  private begin(): void {
    this.first = 0;
    this.second = 0;
    this.had = undefined;
  }

  private count(hash: number, name: string, value: string, by: 1 | -1): void {
    const { totals } = this;
    totals.size += by;
    totals.length += by * (name.length + value.length);
    this.first = (this.first + by * hashOf(value, hash)) | 0;
    this.second = (this.second + by * hashOf(value, hashOf(name, SECOND_SEED))) | 0;
  }

  private put(branch: Branch, shift: number, leaf: Leaf): Branch {
    const own = this.owned(branch);
    const bit = bitOf(leaf.hash, shift);
    const at = own.placeOf(bit);
    if ((own.bits & bit) === 0) {
      own.bits |= bit;
      own.nodes.splice(at, 0, leaf);
      return this.summed(own);
    }
    const node = own.nodes[at]!;
    if (node instanceof Branch) own.nodes[at] = this.put(node, shift + BITS, leaf);
    else if (node.hash !== leaf.hash) {
      const below = branchOf(this.token, node, shift + BITS);
      own.nodes[at] = this.put(below, shift + BITS, leaf);
    } else own.nodes[at] = new Leaf(leaf.hash, leaf.name, leaf.value, this.chainWithout(node, leaf.name));
    return this.summed(own);
  }

  private without(branch: Branch, shift: number, hash: number, name: string): Branch {
    const bit = bitOf(hash, shift);
    if ((branch.bits & bit) === 0) return branch;
    const node = branch.nodes[branch.placeOf(bit)]!;
    if (node instanceof Leaf && node.hash !== hash) return branch;
    const { size } = this.totals;
    const rest = node instanceof Branch ? this.without(node, shift + BITS, hash, name) : this.chainWithout(node, name);
    if (this.totals.size === size) return branch;
    const own = this.owned(branch);
    const at = own.placeOf(bit);
    if (rest === undefined || (rest instanceof Branch && rest.bits === 0)) {
      own.bits &= ~bit;
      own.nodes.splice(at, 1);
    } else own.nodes[at] = rest;
    return this.summed(own);
  }

  /** The others of the same hash. */
  private chainWithout(leaf: Leaf | undefined, name: string): Leaf | undefined {
    if (leaf === undefined) return undefined;
    if (leaf.name !== name) {
      const next = this.chainWithout(leaf.next, name);
      return next === leaf.next ? leaf : new Leaf(leaf.hash, leaf.name, leaf.value, next);
    }
    this.count(leaf.hash, name, leaf.value, -1);
    this.had = leaf.value;
    return leaf.next;
  }

  private owned(branch: Branch): Branch {
    if (branch.token === this.token) return branch;
    return new Branch(this.token, branch.bits, branch.nodes.slice(), branch.first, branch.second);
  }

  private summed(branch: Branch): Branch {
    branch.first = (branch.first + this.first) | 0;
    branch.second = (branch.second + this.second) | 0;
    return branch;
  }
}

/** 32 bits of a text of bytes: the mixing of MurmurHash3 (Appleby), a byte at a time. */
export function hashOf(text: string, seed: number): number {
  let hash = seed | 0;
  for (let i = 0; i < text.length; i++) {
    hash = imul(hash ^ text.charCodeAt(i), 0xcc9e2d51);
    hash ^= hash >>> 15;
  }
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

export const FIRST_SEED = 0x9e3779b1;
export const SECOND_SEED = 0x85ebca77;

// ---------------------------------------------------------------------------------------------------------------------

const { imul } = Math;

interface Totals {
  size: number;
  /** No name is longer. */
  longest: number;
  /** Of all names and values together. */
  length: number;
}

/** So many bits of a hash choose among the nodes of a branch. */
const BITS = 5;

type Node = Branch | Leaf;
type Token = Readonly<Record<never, never>>;

class Branch {
  constructor(
    /** The edit that has it may change it. */
    readonly token: Token,
    public bits: number,
    readonly nodes: Node[],
    /** 64 bits: the sum over all elements below. */
    public first: number,
    public second: number,
  ) {}

  at(hash: number, shift: number): Node | undefined {
    const bit = bitOf(hash, shift);
    return this.of(bit);
  }

  of(bit: number): Node | undefined {
    return (this.bits & bit) === 0 ? undefined : this.nodes[this.placeOf(bit)];
  }

  placeOf(bit: number): number {
    return onesIn(this.bits & (bit - 1));
  }
}

class Leaf {
  constructor(
    readonly hash: number,
    readonly name: string,
    readonly value: string,
    /** Another one of the same hash. */
    readonly next: Leaf | undefined,
  ) {}
}

function valueIn(root: Branch, name: string): string | undefined {
  const hash = hashOf(name, FIRST_SEED);
  let node: Node | undefined = root;
  for (let shift = 0; node instanceof Branch; shift += BITS) node = node.at(hash, shift);
  while (node !== undefined && node.name !== name) node = node.next;
  return node?.value;
}

/** Below another one, in the place of a leaf. */
function branchOf(token: Token, leaf: Leaf, shift: number): Branch {
  let [first, second] = [0, 0];
  for (let one: Leaf | undefined = leaf; one !== undefined; one = one.next) {
    first = (first + hashOf(one.value, one.hash)) | 0;
    second = (second + hashOf(one.value, hashOf(one.name, SECOND_SEED))) | 0;
  }
  return new Branch(token, bitOf(leaf.hash, shift), [leaf], first, second);
}

function bitOf(hash: number, shift: number): number {
  return 1 << ((hash >>> shift) & 31);
}

function onesIn(bits: number): number {
  let ones = bits - ((bits >>> 1) & 0x55555555);
  ones = (ones & 0x33333333) + ((ones >>> 2) & 0x33333333);
  return imul((ones + (ones >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function* leavesOf(node: Node | undefined): Generator<Leaf> {
  const left: (Node | undefined)[] = [node];
  while (left.length > 0) {
    const next = left.pop();
    if (next instanceof Branch) left.push(...next.nodes);
    else for (let leaf = next; leaf !== undefined; leaf = leaf.next) yield leaf;
  }
}

function* differing(one: Node | undefined, other: Node | undefined): Generator<Differing> {
  if (one === other) return;
  if (one instanceof Branch && other instanceof Branch) {
    if (one.first === other.first && one.second === other.second) return;
    for (let bits = one.bits | other.bits; bits !== 0; bits &= bits - 1) {
      const bit = bits & -bits;
      yield* differing(one.of(bit), other.of(bit));
    }
    return;
  }
  // One of them has few.
  const isFew = !(other instanceof Branch);
  const few = new Map(Array.from(leavesOf(isFew ? other : one), ({ name, value }) => [name, value]));
  for (const { name, value } of leavesOf(isFew ? one : other)) {
    const match = few.get(name);
    few.delete(name);
    if (match !== value) yield isFew ? [name, value, match] : [name, match, value];
  }
  for (const [name, value] of few) yield isFew ? [name, undefined, value] : [name, value, undefined];
}

(ElementMap as { EMPTY: ElementMap }).EMPTY = new ElementMap(new Branch({}, 0, [], 0, 0), {
  size: 0,
  longest: 0,
  length: 0,
});
