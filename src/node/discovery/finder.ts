import type { Presence } from '../../core/membership/presence.js';
import type { MemberRecord } from '../../core/membership/records.js';
import type { ReplicaId } from '../../core/model/version.js';
import type { NodeCore } from '../../core/node.js';
import { advice } from '../../hints/advice.js';
import type { Trust } from '../../links/trust.js';
import type { Discovery } from './discovery.js';
import { type Finding, Lookout, type Pace, type Place } from './lookout.js';
import { mechanismName } from './spec.js';
import { waitingText } from './waiting.js';

const JUDGE_EVERY_MS = 500;
const LOG_EVERY_MS = 5000;
/** A mechanism that has failed so often in a row is told of: name servers and networks have their moments. */
const FAILURES_TOLD = 3;
const HINTS_MAX = 64;
/** A member in sight that no mechanism names any more is told of after this: a record that is moved is gone for a moment. */
const UNNAMED_MS = 6000;

/**
 * What a node makes of those who are found: without a cluster it joins one, or founds one with others; as a member it learns where the
 * other members are now, and its status tells what is not found. Identity decides, not addresses.
 */
export class Finder {
  private readonly lookout: Lookout;
  private readonly hinted = new Set<string>();
  /** Where to ask to be let in. */
  private doors: readonly string[] = [];
  private judgedAtMs = Number.NEGATIVE_INFINITY;
  private loggedAtMs = Number.NEGATIVE_INFINITY;
  private logged = '';
  private latest = '';
  /** The subjects of problems that were told, by their kind. */
  private readonly told = new Map<string, readonly string[]>();
  /** Members that were found; `goneMs`: since when they are not (monotonic), null: they are. */
  private readonly found = new Map<ReplicaId, { goneMs: number | null }>();

  constructor(
    private readonly core: NodeCore,
    discoveries: readonly Discovery[],
    trust: Trust,
    private readonly logLine: (text: string) => void,
  ) {
    this.lookout = new Lookout(discoveries, {
      trust,
      from: () => core.founding.presence(),
      answered: (presence) => core.founding.answered(presence),
      hints: () => this.hints(),
      pace: () => this.pace(),
    });
  }

  /** What a node without a cluster waits for. */
  get waitsFor(): string {
    return this.latest;
  }

  /** Rejects with why this node cannot be found by a mechanism. */
  announce(): Promise<void> {
    return this.lookout.announce(this.core.status.self.address);
  }

  /** To be called often. */
  tick(): void {
    const step = this.core.founding.step();
    this.doors = step.kind === 'join' ? step.addresses : [];
    this.lookout.tick();
    const nowMs = performance.now();
    if (nowMs - this.judgedAtMs < JUDGE_EVERY_MS) return;
    this.judgedAtMs = nowMs;
    this.judge(nowMs);
  }

  stop(): void {
    this.lookout.stop();
  }

  /** Addresses at which members of this node's cluster have answered; of one without a cluster: those who let it in. */
  ways(): string[] {
    const { clusterId, isJoined } = this.core.status.self;
    if (!isJoined) return [...this.doors];
    return this.others().flatMap(({ address, presence }) => (presence.clusterId === clusterId ? [address] : []));
  }

  /** A member of some cluster has dialled this node, and says that it is there. */
  hint(address: string): void {
    if (this.hinted.size < HINTS_MAX) this.hinted.add(address);
  }

  findings(): Finding[] {
    return this.lookout.findings();
  }

  places(): Place[] {
    return this.lookout.places();
  }

  /** Ask everything now; resolves when all have answered, or have not. */
  async refresh(): Promise<void> {
    await this.lookout.refresh();
    this.judge(performance.now());
  }

  /** Whether a member is found where it says that it is, or anywhere. */
  isFound({ replica, address }: MemberRecord): boolean {
    return this.lookout.places().some((one) => one.presence?.replica === replica || one.address === address);
  }

  // ---------------------------------------------------------------------------------------------

  /** Places at which somebody else has answered. */
  private others(): { address: string; from: readonly string[]; presence: Presence }[] {
    return this.lookout
      .places()
      .flatMap(({ address, from, presence }) =>
        presence === null || presence.replica === this.core.status.self.replica ? [] : [{ address, from, presence }],
      );
  }

  private hints(): string[] {
    const { self } = this.core.status;
    if (self.isJoined) return [];
    const named = this.core.founding.addresses();
    return [...new Set([...named, ...this.hinted])].filter((address) => address !== self.address);
  }

  private pace(): Pace {
    if (!this.core.status.self.isJoined) return 'gathering';
    const isMissing =
      this.core.wantedLinks().length > 0 || [...this.found.values()].some(({ goneMs }) => goneMs !== null);
    return isMissing ? 'missing' : 'calm';
  }

  private judge(nowMs: number): void {
    const { self } = this.core.status;
    this.judgeGathering(nowMs);
    if (!self.isJoined) return;
    this.tell('discovery', this.failing());
    this.tell('foreign-cluster', this.strangers());
    this.tell('undiscovered', this.missed(nowMs));
  }

  private judgeGathering(nowMs: number): void {
    const { problems, state, status } = this.core;
    const { self } = status;
    if (state !== 'gathering') return problems.clear('gathering');
    const text = self.isJoined
      ? `has founded the cluster ${self.clusterId}, and serves nobody until a second member is in`
      : this.waiting();
    this.latest = text;
    problems.note('gathering', '', text, this.more);
    this.log(text, nowMs);
  }

  private waiting(): string {
    const company = this.core.founding.company();
    if (company === null) return '';
    const [places, findings] = [this.lookout.places(), this.findings()];
    return waitingText({ company, places, findings, address: this.core.status.self.address });
  }

  /** The problem itself is logged when it is new. */
  private log(text: string, nowMs: number): void {
    if (text === this.logged || nowMs - this.loggedAtMs < LOG_EVERY_MS) return;
    if (this.logged !== '') this.logLine(text);
    this.logged = text;
    this.loggedAtMs = nowMs;
  }

  private failing(): Told {
    const told = this.findings().filter(({ failures }) => failures >= FAILURES_TOLD);
    return new Map(
      told.map(({ text, failure, isPartial }) => {
        const what = isPartial ? 'does not find all that it names' : 'finds nobody';
        return [text, { text: `${mechanismName(text)} ${what}: ${failure}`, next: this.more }];
      }),
    );
  }

  private strangers(): Told {
    const { clusterId } = this.core.status.self;
    const found = this.others().filter(({ presence }) => presence.isMember && presence.clusterId !== clusterId);
    return new Map(
      found.map(({ address, from, presence }) => {
        const named = `${address}, which ${from.map(mechanismName).join(' and ')} names`;
        const text = `another cluster (${presence.clusterId}) answers at ${named}: nothing is exchanged with it`;
        return [
          address,
          { text, next: advice(this.more, 'Give each cluster a name, a group or a selector of its own.') },
        ];
      }),
    );
  }

  /**
   * They stay members: that nobody names them does not say that they will not come back. One in sight counts only if it was found
   * before: members that joined by an address are found by no mechanism, and miss nothing.
   */
  private missed(nowMs: number): Told {
    const findings = this.findings();
    if (findings.some(({ addresses, failure }) => addresses === null || failure !== null)) return new Map();
    const texts = findings.map(({ text }) => mechanismName(text)).join(' and ');
    const { records, self } = this.core.status;
    const wanted = new Set(this.core.wantedLinks().map(({ replica }) => replica));
    for (const replica of this.found.keys()) if (!records.isActive(replica)) this.found.delete(replica);
    const others = records.active().filter(({ replica }) => replica !== self.replica);
    const missed = others.filter((member) => !this.noteFound(member, nowMs) && wanted.has(member.replica));
    const unnamed = others.filter(({ replica }) => !wanted.has(replica) && this.isGone(replica, nowMs));
    const told = (member: MemberRecord, what: string, note: string): [string, { text: string; next: string }] => [
      member.replica,
      { text: `${member.name} is ${what} by ${texts}; it stays a member`, next: advice(this.more, note) },
    ];
    return new Map([
      ...missed.map((one) =>
        told(one, 'out of reach, and not found', `If it is gone for good: mneme cluster forget ${one.name}`),
      ),
      ...unnamed.map((one) =>
        told(one, 'in sight, but not found any more', `A node that starts now does not find ${one.name} there.`),
      ),
    ]);
  }

  /** Returns whether the member is found now. */
  private noteFound(member: MemberRecord, nowMs: number): boolean {
    const isFound = this.isFound(member);
    const known = this.found.get(member.replica);
    if (isFound) this.found.set(member.replica, { goneMs: null });
    else if (known?.goneMs === null) this.found.set(member.replica, { goneMs: nowMs });
    return isFound;
  }

  private isGone(replica: ReplicaId, nowMs: number): boolean {
    const goneMs = this.found.get(replica)?.goneMs ?? null;
    return goneMs !== null && nowMs - goneMs > UNNAMED_MS;
  }

  /** A command that shows all of it. */
  private get more(): string {
    return `mneme cluster discover --node ${this.core.status.self.address}`;
  }

  /** What of one kind is wrong now; what was wrong and is not is over. */
  private tell(kind: string, now: Told): void {
    const { problems } = this.core;
    for (const [subject, { text, next }] of now) problems.note(kind, subject, text, next);
    for (const subject of this.told.get(kind) ?? []) if (!now.has(subject)) problems.clear(kind, subject);
    this.told.set(kind, [...now.keys()]);
  }
}

/** Texts and advice by subject. */
type Told = Map<string, { readonly text: string; readonly next: string }>;
