import type { Problems } from '../core/membership/problems.js';
import { harmless } from '../core/model/names.js';
import type { ReplicaId } from '../core/model/version.js';
import type { NodeCore } from '../core/node.js';
import { advice } from '../hints/advice.js';
import type { DialError } from '../links/errors.js';
import type { Refusal } from '../links/guard.js';
import type { Link } from '../links/link.js';
import type { Trust } from '../links/trust.js';

const LOOK_EVERY_MS = 1000;
/** Nobody was refused from there for so long: it is over. */
const OVER_MS = 600_000;
/** Of more hosts than these no account is kept: strangers must not fill the memory. */
const HOSTS_MAX = 64;

interface TrustHost {
  readonly problems: Problems;
  /** This node's name. */
  readonly name: string;
  isMember(replica: ReplicaId): boolean;
  /** Addresses at which members should be. */
  wanted(): readonly string[];
  membersCount(): number;
}

/** Whom this node has sent away, who sends it away, and who still does without what a cluster is being given: for its status. */
export class TrustWatch {
  private readonly refusals = new Map<string, { count: number; refusal: Refusal; lastMs: number }>();
  private readonly greeted = new Map<number, { link: Link; replica: ReplicaId; name: string }>();
  private readonly turnedAway = new Set<string>();
  private readonly told = new Map<string, readonly string[]>();
  private lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly trust: Trust,
    private readonly host: TrustHost,
  ) {}

  /** At this node's port. */
  refused(host: string, refusal: Refusal): void {
    const known = this.refusals.get(host);
    if (known === undefined && this.refusals.size >= HOSTS_MAX) return;
    const count = (known?.count ?? 0) + 1;
    this.refusals.set(host, { count, refusal, lastMs: performance.now() });
    const times = count === 1 ? 'once' : `${count} times`;
    this.host.problems.note('refused', host, `${host} was refused ${times}: ${WHY[refusal]}`, NEXT[refusal]);
  }

  /** A member, or whoever this node joins through, does not take this node. */
  turnedAwayBy(address: string, why: string): void {
    if (this.turnedAway.size >= HOSTS_MAX) return;
    this.turnedAway.add(address);
    const text = `${address} does not take this node: ${harmless(why)}`;
    this.host.problems.note('turned-away', address, text, CHECK_BOTH);
  }

  dialFailed(address: string, { code, message }: DialError): void {
    if (isDistrust(code)) this.turnedAwayBy(address, message.replace(/^cannot connect to \S+: /, ''));
  }

  /** The other end of a link has said who it is. */
  greeting(link: Link, replica: ReplicaId, name: string): void {
    this.greeted.set(link.id, { link, replica, name });
    if (link.dialled !== null) this.accepted(link.dialled);
  }

  linkDown(link: Link): void {
    this.greeted.delete(link.id);
  }

  /** To be called often. */
  tick(): void {
    const nowMs = performance.now();
    if (nowMs - this.lookedAtMs < LOOK_EVERY_MS) return;
    this.lookedAtMs = nowMs;
    for (const [host, { lastMs }] of this.refusals) if (nowMs - lastMs > OVER_MS) this.forgive(host);
    const wanted = new Set(this.host.wanted());
    for (const address of this.turnedAway) if (!wanted.has(address)) this.accepted(address);
    this.look();
  }

  // ---

  private forgive(host: string): void {
    this.refusals.delete(host);
    this.host.problems.clear('refused', host);
  }

  private accepted(address: string): void {
    if (this.turnedAway.delete(address)) this.host.problems.clear('turned-away', address);
  }

  private look(): void {
    const { secret, secretOptional, tls, tlsOptional } = this.trust;
    const members = [...this.greeted.values()].filter(({ replica }) => this.host.isMember(replica));
    const shown = (what: Link['seal']['secret']) => members.filter(({ link }) => link.seal.secret === what);
    const [without, old] = secret === null ? [[], []] : [shown('nothing'), shown('old')];
    const plain = tls === null ? [] : members.filter(({ link }) => !link.seal.tls);
    this.tell('without-secret', without, "without the cluster's secret", 'Start it again with --secret-file.');
    this.tell('old-secret', old, 'with the old secret', 'Start it again once its file has the new one.');
    this.tell('without-tls', plain, 'without TLS', 'Start it again with --tls-cert, --tls-key and --tls-ca.');
    const isWhole = new Set(members.map(({ replica }) => replica)).size >= this.host.membersCount() - 1;
    this.tellOpen('secret-optional', secretOptional && isWhole && without.length === 0, 'the secret');
    this.tellOpen('tls-optional', tlsOptional && isWhole && plain.length === 0, 'TLS');
  }

  /** Who still talks so. What was told and is no longer so is over. */
  private tell(kind: string, those: readonly { replica: ReplicaId; name: string }[], how: string, next: string): void {
    const { problems } = this.host;
    for (const { replica, name } of those) problems.note(kind, replica, `${name} still talks ${how}`, next);
    const now = [...new Set(those.map(({ replica }) => replica))];
    for (const subject of this.told.get(kind) ?? []) if (!now.includes(subject)) problems.clear(kind, subject);
    this.told.set(kind, now);
  }

  private tellOpen(flag: string, isOpen: boolean, what: string): void {
    const { problems, name } = this.host;
    if (!isOpen) return problems.clear(flag);
    const next = `Start ${name} again with --no-${flag}.`;
    problems.note(
      flag,
      '',
      `${name} lets in nodes without ${what} (--${flag}), and no member needs that any more`,
      next,
    );
  }
}

export function trustHost(core: NodeCore, seeds: readonly string[]): TrustHost {
  const { problems, status } = core;
  return {
    problems,
    name: status.self.name,
    isMember: (replica) => status.records.isActive(replica),
    wanted: () => [...core.wantedLinks().map(({ address }) => address), ...(status.self.isJoined ? [] : seeds)],
    membersCount: () => status.records.active().length,
  };
}

/** Whether a dial failed for what one side has to show the other. */
export function isDistrust(code: string): boolean {
  return /^MNEME-|^ENOTLS$|CERT|^ERR_SSL|ISSUER|SELF_SIGNED/.test(code);
}

// ---

const CHECK_BOTH = 'Both need the same secret in --secret-file, and certificates of the same --tls-ca.';

const WHY: Readonly<Record<Refusal, string>> = {
  'no-secret': "it has not the cluster's secret",
  'other-secret': "it has another secret than the cluster's",
  'no-tls': 'it came without TLS',
  'no-certificate': 'it showed no certificate that --tls-ca has signed',
  'plain-port': 'a link came to the port of --listen-plain, which is for clients',
};

const GIVE_SECRET = advice(
  'mneme cluster status',
  'If a member or an operator is there: give it the file of the secret with --secret-file. If not, keep it out of this network.',
);

const NEXT: Readonly<Record<Refusal, string>> = {
  'no-secret': GIVE_SECRET,
  'other-secret': GIVE_SECRET,
  'no-tls': 'Give it --tls-ca, and a node --tls-cert and --tls-key too.',
  'no-certificate': 'Give it --tls-cert and --tls-key with a certificate of the authority in --tls-ca.',
  'plain-port': 'See what --advertise and --discover name there.',
};
