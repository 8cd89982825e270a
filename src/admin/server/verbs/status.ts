import type { MemberRecord } from '../../../core/membership/records.js';
import { keyCount } from '../../../core/store/store-digest.js';
import { nextText } from '../../../hints/next-steps.js';
import type { Node } from '../../../node/node.js';
import { ownLogFile } from '../../../node/own-log.js';
import { VERSION } from '../../../node/version.js';
import type { MemberView, MemoryView, StatusReply } from '../../protocol/api.js';
import { incidentView } from '../../protocol/facts.js';
import { linkState, sendLag, stateAgeMs } from '../link-state.js';
import { engineView } from './engine.js';

const RESOLVED_MAX = 100;

export function status(node: Node): StatusReply {
  const { core, engine, options, identity } = node;
  const { records, data, self } = core.status;
  const { store } = data;
  const members = [...records.active()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    clusterId: self.clusterId ?? '',
    nowMs: node.core.nowMs,
    self: {
      replica: self.replica,
      name: self.name,
      address: self.address,
      boot: identity.boot,
      founded: node.founded,
      version: VERSION,
      nodeVersion: process.version,
      pid: process.pid,
      memoryOnly: self.memoryOnly,
      startedMs: node.startedMs,
      state: core.state,
      stateSinceMs: node.stateAgeMs,
      entries: keyCount(store),
      tombstones: store.tombstoneCount,
      logRows: store.logRowCount,
      byteCount: store.byteCount,
      diskBytes: engine.diskBytes,
      residentBytes: process.memoryUsage.rss(),
      allowsDrills: options.allowDrills,
      dir: options.dir,
      logFile: ownLogFile(),
      dashboard: options.dashboard ?? null,
      memory: memoryView(node),
      engine: engineView(node),
    },
    members: members.map((member) => memberView(node, member)),
    island: core.status.liveness
      .island()
      .map((replica) => records.nameOf(replica))
      .sort(),
    incidents: records.openIncidents().map((incident) => incidentView(incident, records)),
    resolved: records
      .incidentList()
      .filter(({ state }) => state === 'resolved')
      .slice(0, RESOLVED_MAX)
      .map(({ id }) => id),
    settings: { ...records.settings() },
    joining: core.joining,
    notes: [...engine.openingNotes],
    problems: core.problems.list().map((problem) => ({ ...problem, next: nextText(problem.next) })),
  };
}

function memoryView({ core }: Node): MemoryView {
  const { eviction, status } = core;
  const { bytesMax, policy } = eviction.limit;
  const evicted = status.data.store.evictedKeyCount;
  const { usedBytes, evictions, isFull } = eviction;
  return { usedBytes, maxBytes: bytesMax, policy, evicted, evictions, isFull };
}

function memberView(node: Node, member: MemberRecord): MemberView {
  const { peers, records } = node.core.status;
  const { replica, name, address, memoryOnly } = member;
  const peer = peers.get(replica);
  const heardMonoMs = peer?.heardAtMs ?? node.core.status.liveness.lastHeardMs(replica);
  return {
    replica,
    name,
    address,
    memoryOnly,
    link: linkState(node, replica),
    stateSinceMs: stateAgeMs(node, replica),
    lastHeardMs: heardMonoMs === undefined ? null : Math.round(Date.now() - (node.core.monoMs - heardMonoMs)),
    clockSkewMs: peer?.skewMs ?? null,
    roundTripMs: peer?.roundTripMs ?? null,
    lagWrites: sendLag(node, replica),
    heldFrom: Object.entries(peer?.beat?.apart ?? {}).flatMap(([held, { split }]) =>
      split ? [records.nameOf(held)] : [],
    ),
    drillCut: node.core.operator.cuts.has(replica),
  };
}
