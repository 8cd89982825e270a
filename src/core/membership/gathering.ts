import type { Self } from '../context.js';
import type { ReplicaId } from '../model/version.js';
import { type Acquaintance, isSamePromise, type Presence, type Promised, SEES_MAX } from './presence.js';

/** How long an answer counts; for as long after its start, a node promises nothing. */
export const FRESH_MS = 2500;
/** A founder that was silent for this long is gone. Much longer than an answer counts, on any clock. */
export const GONE_MS = 30_000;
/** More nodes than this are not kept in mind: a stranger must not fill the memory. */
const KNOWN_MAX = 1024;

export type GatheringStep =
  /** Go on looking. */
  | { readonly kind: 'wait' }
  /** Ask there to be let in. */
  | { readonly kind: 'join'; readonly addresses: readonly string[] }
  /** Found a cluster with the first one that asks to be let in; with nobody, if nobody else is expected. */
  | { readonly kind: 'open' };

/** What a waiting node waits for, for an operator. */
export interface Company {
  readonly expects: number | null;
  /** Names of those who see each other with this node, itself included, in order. */
  readonly here: readonly string[];
  /** Those who answer, and are not answered at the address that they name for this node, or have not said so yet. */
  readonly oneSided: readonly Acquaintance[];
  /** Those who wait for another number of nodes. */
  readonly unlike: readonly { readonly name: string; readonly expects: number | null }[];
  /** The clusters that were found: more than one leaves it to the operator. */
  readonly clusters: readonly string[];
  /** The name of whom this node will join. */
  readonly founder: string | null;
}

interface Known {
  readonly presence: Presence;
  /** When it answered this node; -Infinity: it only asked. */
  readonly answeredMs: number;
  readonly heardMs: number;
}

/**
 * How nodes without data come to be in one cluster, started in whatever order, each seeing some of the others at first. Pure.
 *
 * A node that finds a member of a cluster joins it. Otherwise nodes that expect N of them found one:
 * 1. A node promises itself to one founder at a time, and only while N nodes, itself included, see each other as far as it knows.
 * 2. It stands as a founder, by a promise to itself with a new round, if it has the smallest id of those and none of them stands.
 * 3. The others promise themselves to one that stands; of two that stand, the greater gives up and follows the smaller.
 * 4. A promise is kept until its founder says that it no longer stands, or has been silent for GONE_MS.
 * 5. A founder opens while N fresh answers, its own included, hold the promise to its standing. It founds with the first who asks to
 *    be let in, so that no cluster begins with a node that is cut off.
 *
 * So two founders need 2N nodes, since a node promises itself to one at most: an answer with its promise counts for FRESH_MS, and a
 * node that has answered a founder has heard it, so it keeps the promise for GONE_MS from then on. A founder that is gone for good
 * before anybody has joined it holds up the others for GONE_MS.
 */
export class Gathering {
  private readonly known = new Map<ReplicaId, Known>();
  private promise: Promised | null = null;
  private round = 0;
  private isOpen = false;

  /** @param expects how many nodes found a cluster together; null: this node joins one that exists. */
  constructor(
    private readonly self: Self,
    readonly expects: number | null,
    private readonly startedMs: number,
  ) {}

  /** It has the promises of as many nodes as are expected. */
  get opens(): boolean {
    return this.isOpen;
  }

  /** A node answered this one. */
  answered(presence: Presence, nowMs: number): void {
    this.note(presence, nowMs, nowMs);
  }

  /** A node asked this one. That the other direction works too is not shown by it. */
  asked(presence: Presence, nowMs: number): void {
    this.note(presence, this.known.get(presence.replica)?.answeredMs ?? Number.NEGATIVE_INFINITY, nowMs);
  }

  /** To be called often: what to do now. */
  decide(nowMs: number): GatheringStep {
    for (const [replica, { heardMs }] of this.known) if (nowMs - heardMs > GONE_MS) this.known.delete(replica);
    const fresh = this.fresh(nowMs);
    const { clusterId } = this.self;
    const members = fresh.filter((one) => one.isMember && one.clusterId !== null);
    const clusters = new Set(members.map((one) => one.clusterId));
    if (clusterId !== null || clusters.size > 0) {
      this.withdraw();
      const wanted = clusterId ?? (clusters.size === 1 ? members[0]!.clusterId : null);
      return joining(members.filter((one) => one.clusterId === wanted));
    }
    if (this.expects === null || nowMs - this.startedMs < FRESH_MS) return WAIT;
    const company = this.companyOf(fresh);
    this.reconsider(company);
    if (this.promise === null) this.choose(company);
    this.countPromises(company);
    if (this.isOpen) return { kind: 'open' };
    const founder = company.find((one) => one.opens && isSamePromise(one.promise, this.promise));
    return founder === undefined ? WAIT : joining([founder]);
  }

  /** What this node says of itself, as long as it is no member. */
  presence(count: number, nowMs: number): Presence {
    const { replica, boot, name, address, clusterId } = this.self;
    const likeMinded = this.fresh(nowMs).filter((one) => this.isLikeMinded(one));
    return {
      ...{ replica, boot, count, name, address, clusterId, isMember: false, expects: this.expects },
      sees: likeMinded.slice(0, SEES_MAX).map(acquaintance),
      promise: this.promise,
      opens: this.isOpen,
    };
  }

  company(nowMs: number): Company {
    const fresh = this.fresh(nowMs);
    const company = this.companyOf(fresh);
    const promised = this.promise === null ? undefined : this.known.get(this.promise.replica);
    return {
      expects: this.expects,
      here: [this.self.name, ...company.map(({ name }) => name)].sort(),
      oneSided: fresh.filter((one) => this.isLikeMinded(one) && !company.includes(one)).map(acquaintance),
      unlike: fresh.filter((one) => one.clusterId === null && one.expects !== this.expects),
      clusters: [...new Set(fresh.flatMap(({ clusterId, isMember }) => (isMember ? (clusterId ?? []) : [])))].sort(),
      founder: this.promise?.replica === this.self.replica ? this.self.name : (promised?.presence.name ?? null),
    };
  }

  /** Of one that was heard of lately, whether it answered or only asked: where it says that it is. */
  addresses(): string[] {
    return [...this.known.values()].flatMap(({ presence }) => [
      presence.address,
      ...presence.sees.map(({ address }) => address),
    ]);
  }

  // ---------------------------------------------------------------------------------------------

  private note(presence: Presence, answeredMs: number, heardMs: number): void {
    const { replica, boot, count } = presence;
    if (replica === this.self.replica) return;
    const before = this.known.get(replica);
    if (before === undefined && this.known.size >= KNOWN_MAX) return;
    const isOlder =
      before !== undefined &&
      (before.presence.boot > boot || (before.presence.boot === boot && before.presence.count > count));
    this.known.set(replica, { presence: isOlder ? before.presence : presence, answeredMs, heardMs });
  }

  private fresh(nowMs: number): Presence[] {
    return [...this.known.values()]
      .filter(({ answeredMs }) => nowMs - answeredMs <= FRESH_MS)
      .map(({ presence }) => presence)
      .sort((a, b) => (a.replica < b.replica ? -1 : 1));
  }

  /** Those with whom this node could found a cluster: they see each other, in order of their ids. */
  private companyOf(fresh: readonly Presence[]): Presence[] {
    return fresh.filter(
      (one) => this.isLikeMinded(one) && one.sees.some(({ replica }) => replica === this.self.replica),
    );
  }

  private isLikeMinded({ clusterId, expects }: Presence): boolean {
    return clusterId === null && expects !== null && expects === this.expects;
  }

  /** Whether what was promised still holds. */
  private reconsider(company: readonly Presence[]): void {
    const { promise } = this;
    if (promise === null) return;
    if (promise.replica !== this.self.replica) {
      const founder = this.known.get(promise.replica)?.presence;
      if (founder === undefined || !isSamePromise(founder.promise, promise)) this.promise = null;
      return;
    }
    if (this.isOpen) return;
    const rival = company.find((one) => one.replica < this.self.replica && stands(one));
    if (rival !== undefined) this.promise = rival.promise;
    else if (!this.isEnough(company.length + 1)) this.promise = null;
  }

  private choose(company: readonly Presence[]): void {
    if (!this.isEnough(company.length + 1)) return;
    const standing = company.find(stands);
    const smallest = company.find((one) => this.isEnough(one.sees.length + 1));
    if (standing !== undefined) this.promise = standing.promise;
    else if (smallest === undefined || this.self.replica < smallest.replica) {
      this.promise = { replica: this.self.replica, boot: this.self.boot, round: ++this.round };
    }
  }

  private countPromises(company: readonly Presence[]): void {
    const isCandidate = this.promise?.replica === this.self.replica;
    const promised = company.filter((one) => isSamePromise(one.promise, this.promise)).length;
    const isOpen = isCandidate && this.isEnough(promised + 1);
    if (this.isOpen && !isOpen) this.promise = null;
    this.isOpen = isOpen;
  }

  private withdraw(): void {
    this.promise = null;
    this.isOpen = false;
  }

  private isEnough(count: number): boolean {
    return this.expects !== null && count >= this.expects;
  }
}

const WAIT: GatheringStep = { kind: 'wait' };

function joining(members: readonly Presence[]): GatheringStep {
  return members.length === 0 ? WAIT : { kind: 'join', addresses: members.map(({ address }) => address) };
}

function stands({ replica, boot, promise }: Presence): boolean {
  return promise?.replica === replica && promise.boot === boot;
}

function acquaintance({ replica, name, address }: Presence): Acquaintance {
  return { replica, name, address };
}
