import type { CommandRow } from '../../../fronts/resp/command-stats.js';
import type { Traffic } from '../../../fronts/resp/port-reports.js';
import type { PublicationCounts } from '../../../node/publications.js';
import type { EngineView, LinkState, ReplicaReply, StatusReply } from '../../protocol/api.js';

/** What a node's figures are taken from, all of the same moment. */
export interface Figures {
  readonly status: StatusReply;
  readonly replica: ReplicaReply;
  /** null: no Redis is attached. */
  readonly engine: EngineView | null;
  /** null: it takes no clients. */
  readonly traffic: Traffic | null;
  readonly publications: PublicationCounts;
  /** Of keys, as they lie in the store. */
  readonly parts: number;
}

/** A figure, by the values of the family's labels in their order. */
type Sample = readonly [value: number, ...labels: string[]];

export interface Family {
  readonly name: string;
  /** Counters only grow while the node runs. */
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly labels?: readonly string[];
  read(figures: Figures): readonly Sample[];
}

const STATES = ['gathering', 'joining', 'loading', 'serving', 'read-only', 'no-quorum', 'stopping'] as const;
const LINK_STATES: readonly LinkState[] = [
  'in-sync',
  'catching-up',
  'held',
  'down',
  'clock-skew',
  'joining',
  'connecting',
];
const REDIS_STATES = ['waiting', 'connecting', 'scanning', 'attached', 'held'] as const;
const HELD = ['missing', 'different', 'added', 'doubtful'] as const;

/** Names and units as Prometheus wants them: base units, and _total for what only grows. */
export const FAMILIES: readonly Family[] = [
  {
    name: 'mneme_info',
    type: 'gauge',
    help: 'Always 1: who this node is.',
    labels: ['node', 'replica', 'cluster', 'version', 'node_version'],
    read: ({ status: { self, clusterId } }) => [
      [1, self.name, self.replica, clusterId, self.version, self.nodeVersion ?? ''],
    ],
  },
  {
    name: 'mneme_state',
    type: 'gauge',
    help: '1 for the state that the node is in, else 0.',
    labels: ['state'],
    read: ({ status }) => oneHot(STATES, status.self.state),
  },
  {
    name: 'mneme_problems',
    type: 'gauge',
    help: 'What mneme cluster status says is wrong at this node, by kind.',
    labels: ['kind'],
    read: ({ status }) => counted((status.problems ?? []).map(({ kind }) => kind)),
  },
  // The cluster, as this node sees it.
  {
    name: 'mneme_members',
    type: 'gauge',
    help: 'Members of the cluster.',
    read: ({ status }) => [[status.members.length]],
  },
  {
    name: 'mneme_island_members',
    type: 'gauge',
    help: 'Members in sync with this node, itself included; fewer than mneme_members: some are down or held apart.',
    read: ({ status }) => [[status.island.length]],
  },
  {
    name: 'mneme_member_state',
    type: 'gauge',
    help: '1 for the state that another member is in for this node, else 0.',
    labels: ['member', 'state'],
    read: ({ status }) =>
      others(status).flatMap(({ name, link }) =>
        oneHot(LINK_STATES, link).map(([value, state]): Sample => [value, name, state!]),
      ),
  },
  {
    name: 'mneme_member_unacknowledged_writes',
    type: 'gauge',
    help: "Writes that this node has and the member has not acknowledged: the member's lag.",
    labels: ['member'],
    read: ({ replica }) => replica.links.map(({ peer, sendLag }) => [sendLag, peer]),
  },
  {
    name: 'mneme_member_missing_writes',
    type: 'gauge',
    help: "Writes that the member has and this node lacks: this node's lag.",
    labels: ['member'],
    read: ({ replica }) => replica.links.map(({ peer, receiveLag }) => [receiveLag, peer]),
  },
  {
    name: 'mneme_member_silence_seconds',
    type: 'gauge',
    help: 'How long ago the member was heard; no sample: never since the start.',
    labels: ['member'],
    read: ({ status }) =>
      others(status).flatMap(({ name, lastHeardMs }) =>
        lastHeardMs === null ? [] : [[Math.max(0, Date.now() - lastHeardMs) / 1000, name]],
      ),
  },
  {
    name: 'mneme_member_round_trip_seconds',
    type: 'gauge',
    help: 'From a beat to its echo; no sample: no link.',
    labels: ['member'],
    read: ({ status }) => seconds(others(status).map(({ name, roundTripMs }) => [roundTripMs, name])),
  },
  {
    name: 'mneme_member_clock_skew_seconds',
    type: 'gauge',
    help: "By how much the member's clock is ahead of this node's; no sample: no link.",
    labels: ['member'],
    read: ({ status }) => seconds(others(status).map(({ name, clockSkewMs }) => [clockSkewMs, name])),
  },
  {
    name: 'mneme_split_brains_open',
    type: 'gauge',
    help: 'Split-brains that are not resolved.',
    read: ({ status }) => [[status.incidents.length]],
  },
  {
    name: 'mneme_split_brain_age_seconds',
    type: 'gauge',
    help: 'Age of the oldest split-brain that is not resolved; 0: there is none.',
    read: ({ status }) => [
      [Math.max(0, ...status.incidents.map(({ detectedMs }) => (status.nowMs - detectedMs) / 1000))],
    ],
  },
  // What it holds.
  {
    name: 'mneme_entries',
    type: 'gauge',
    help: 'Keys, a hash, a set or a sorted set as one.',
    read: ({ status }) => [[status.self.entries]],
  },
  {
    name: 'mneme_parts',
    type: 'gauge',
    help: 'Fields, members, scores, shares of numbers, and expiries of such keys: each takes memory as an entry does.',
    read: ({ parts }) => [[parts]],
  },
  {
    name: 'mneme_tombstones',
    type: 'gauge',
    help: 'Deleted and expired keys, and deleted parts of keys, that are kept until every member has acknowledged them.',
    read: ({ status }) => [[status.self.tombstones]],
  },
  {
    name: 'mneme_log_rows',
    type: 'gauge',
    help: 'Writes that are kept for members which have not acknowledged them.',
    read: ({ status }) => [[status.self.logRows]],
  },
  {
    name: 'mneme_memory_used_bytes',
    type: 'gauge',
    help: 'What the entries take, as --max-memory counts it.',
    read: ({ status: { self } }) => [[self.memory?.usedBytes ?? 0]],
  },
  {
    name: 'mneme_memory_limit_bytes',
    type: 'gauge',
    help: '--max-memory; 0: no limit.',
    read: ({ status: { self } }) => [[self.memory?.maxBytes ?? 0]],
  },
  {
    name: 'mneme_evictions_total',
    type: 'counter',
    help: 'Keys evicted at that limit, a collection with all of its parts as one.',
    read: ({ status: { self } }) => [[self.memory?.evictions ?? 0]],
  },
  {
    name: 'mneme_disk_bytes',
    type: 'gauge',
    help: 'What the data directory takes; 0: memory only.',
    read: ({ status }) => [[status.self.diskBytes]],
  },
  // Its clients.
  {
    name: 'mneme_clients',
    type: 'gauge',
    help: 'Connections of clients.',
    read: ({ traffic }) => [[traffic?.clients ?? 0]],
  },
  {
    name: 'mneme_clients_limit',
    type: 'gauge',
    help: 'Clients that the node takes at a time.',
    read: ({ traffic }) => [[traffic?.clientsMax ?? 0]],
  },
  {
    name: 'mneme_connections_total',
    type: 'counter',
    help: 'Connections that were accepted, links between nodes included.',
    read: ({ traffic }) => [[traffic?.connections ?? 0]],
  },
  {
    name: 'mneme_connections_refused_total',
    type: 'counter',
    help: 'Connections that were refused because there were too many.',
    read: ({ traffic }) => [[traffic?.refused ?? 0]],
  },
  commandFamily('mneme_commands_total', 'Commands performed.', ({ calls }) => calls),
  commandFamily(
    'mneme_command_seconds_total',
    'Time spent on performing them.',
    ({ microseconds }) => microseconds / 1e6,
  ),
  commandFamily('mneme_commands_failed_total', 'Commands that were answered by an error.', ({ failed }) => failed),
  commandFamily('mneme_commands_rejected_total', 'Commands refused before they ran.', ({ rejected }) => rejected),
  {
    name: 'mneme_errors_total',
    type: 'counter',
    help: 'Error replies, by the word that they begin with: OOM, MISCONF, NOQUORUM, LOADING, WRONGTYPE, ERR …',
    labels: ['code'],
    read: ({ traffic }) => (traffic?.errors ?? []).map(([code, count]) => [count, code]),
  },
  {
    name: 'mneme_subscriptions',
    type: 'gauge',
    help: 'Channels and patterns that clients listen to.',
    read: ({ traffic }) => [[traffic?.subscriptions ?? 0]],
  },
  {
    name: 'mneme_published_total',
    type: 'counter',
    help: 'Messages that clients of this node published.',
    read: ({ traffic }) => [[traffic?.published ?? 0]],
  },
  {
    name: 'mneme_messages_delivered_total',
    type: 'counter',
    help: 'Messages handed to subscribers of this node, whoever published them.',
    read: ({ traffic }) => [[traffic?.delivered ?? 0]],
  },
  {
    name: 'mneme_publications_total',
    type: 'counter',
    help: 'Messages on their way between members: sent to one, received of one, and dropped because one took too little.',
    labels: ['fate'],
    read: ({ publications: { sent, received, dropped } }) => [
      [sent, 'sent'],
      [received, 'received'],
      [dropped, 'dropped'],
    ],
  },
  // A Redis beside it.
  {
    name: 'mneme_redis_state',
    type: 'gauge',
    help: '1 for the state that the attached Redis is in, else 0; no sample: none is attached.',
    labels: ['state'],
    read: ({ engine }) => (engine === null ? [] : oneHot(REDIS_STATES, engine.state)),
  },
  redisFamily('mneme_redis_keys_to_read', 'gauge', 'Keys to be read from Redis.', ({ toRead }) => toRead),
  redisFamily('mneme_redis_keys_to_write', 'gauge', 'Keys to be written to Redis.', ({ toWrite }) => toWrite),
  redisFamily(
    'mneme_redis_waiting_seconds',
    'gauge',
    'How long the first of those has been waiting.',
    ({ waitingMs }) => waitingMs / 1000,
  ),
  redisFamily(
    'mneme_redis_captured_total',
    'counter',
    'Changes of the application that were captured.',
    ({ counters }) => counters.captured,
  ),
  redisFamily(
    'mneme_redis_applied_total',
    'counter',
    'Changes of other sites that were written to Redis.',
    ({ counters }) => counters.applied,
  ),
  redisFamily(
    'mneme_redis_left_out_keys',
    'gauge',
    'Keys that cannot be replicated now, and step aside.',
    ({ leftOut }) => leftOut.count,
  ),
  {
    name: 'mneme_redis_held_keys',
    type: 'gauge',
    help: 'Keys that wait for the operator, since Redis may have lost data.',
    labels: ['what'],
    read: ({ engine }) => (engine === null ? [] : HELD.map((what) => [engine.held[what], what])),
  },
];

// ---

function commandFamily(name: string, help: string, of: (row: Readonly<CommandRow>) => number): Family {
  return {
    name,
    type: 'counter',
    help,
    labels: ['command'],
    read: ({ traffic }) => (traffic?.commands ?? []).map(([command, row]) => [of(row), command]),
  };
}

function redisFamily(name: string, type: Family['type'], help: string, of: (engine: EngineView) => number): Family {
  return { name, type, help, read: ({ engine }) => (engine === null ? [] : [[of(engine)]]) };
}

function oneHot(all: readonly string[], now: string): Sample[] {
  return all.map((one) => [one === now ? 1 : 0, one]);
}

function counted(names: readonly string[]): Sample[] {
  return [...new Set(names)].map((name) => [names.filter((one) => one === name).length, name]);
}

function others({ members }: StatusReply): StatusReply['members'] {
  return members.filter(({ link }) => link !== 'self');
}

function seconds(found: readonly (readonly [ms: number | null, member: string])[]): Sample[] {
  return found.flatMap(([ms, member]): Sample[] => (ms === null ? [] : [[ms / 1000, member]]));
}
