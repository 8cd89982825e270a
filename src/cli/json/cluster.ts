import type { SettingsReply } from '../../admin/protocol/api.js';
import type { NodeDeparted } from '../../operations/cluster/departure.js';
import type { Discovered } from '../../operations/cluster/discover.js';
import type { Drained } from '../../operations/cluster/drain.js';
import type { DrillStatus } from '../../operations/cluster/drill.js';
import type { MadeSecret } from '../../operations/cluster/secret.js';
import type { ClusterStatus } from '../../operations/cluster/status.js';
import type { NodeStopped } from '../../operations/cluster/stop.js';
import type { Waited } from '../../operations/cluster/wait.js';
import type { DemoResult } from '../../operations/demo/demo.js';
import type * as shapes from '../shapes/cluster.js';
import type { Of } from '../shapes/shape.js';
import type { StartedNode } from '../views/node-started.js';
import { engineJson } from './engine.js';
import { incidentJson } from './incidents.js';
import { nodeLimitsJson } from './limits.js';
import { type Who, whoOf, whoOfStatus } from './members.js';

export function clusterStatusJson(status: ClusterStatus): Of<typeof shapes.clusterStatus> {
  const who = whoOfStatus(status);
  const { state, healthy, headline, next, note, clusterId, asked, nowMs, sightsDiffer, onHeal } = status;
  return {
    ...{ state, healthy, headline, next, note, clusterId, asked: who(asked), nowMs },
    members: status.members.map(({ name, replica, address, state: seen, stateSinceMs, ...facts }) => {
      return { name, replica, address, state: seen, stateAgeMs: stateSinceMs, ...facts };
    }),
    islands: islandsJson(status.islands, who),
    sights: status.sights.map(({ from, to, state: seen, sinceMs, drillCut }) => {
      return { from: who(from), to: who(to), state: seen, ageMs: sinceMs, drillCut };
    }),
    sightsDiffer,
    incidents: status.incidents.map(incidentJson),
    drills: status.drills.map(({ node, cut }) => ({ node: who(node), cut: cut.map(who) })),
    onHeal,
    memory: status.memory.map((memory) => ({ ...memory, node: who(memory.node) })),
    engines: status.engines.map(({ node, ...engine }) => ({ node: who(node), engine: engineJson(engine) })),
    problems: status.problems.map((problem) => ({ ...problem, node: who(problem.node) })),
    notes: status.notes.map(({ node, text }) => ({ node: who(node), text })),
    commonVersion: status.commonVersion,
    limits: status.limits?.map(nodeLimitsJson) ?? null,
  };
}

export function islandsJson(islands: ClusterStatus['islands'], who: Who): Of<typeof shapes.islandsNow> {
  return islands.map(({ number, members, writes }) => ({ island: number, members: members.map(who), writes }));
}

export function clusterWaitJson(waited: Waited): Of<typeof shapes.clusterWait> {
  return { ...waited };
}

export function clusterSettingsJson(settings: SettingsReply): Of<typeof shapes.clusterSettings> {
  return {
    onHeal: settings['on-heal'],
    partitionMode: settings['partition-mode'],
    anonymousClients: settings['anonymous-clients'],
    setAsideDays: settings['set-aside-days'],
    failureTimeoutMs: settings['failure-timeout'],
    clockSkewLimitMs: settings['clock-skew-limit'],
  };
}

export function clusterSecretJson({ secret, file }: MadeSecret): Of<typeof shapes.clusterSecret> {
  return { secret, file };
}

export function startedNodeJson({ maxMemory, ...node }: StartedNode): Of<typeof shapes.startedNode> {
  return { ...node, maxMemoryBytes: maxMemory };
}

export function stoppedNodeJson({
  node,
  replica,
  address,
  message,
  stopped,
}: NodeStopped): Of<typeof shapes.stoppedNode> {
  return { node: { name: node, replica }, address, message, stopped };
}

export function departedNodeJson({
  node,
  replica,
  address,
  message,
  plan,
}: NodeDeparted): Of<typeof shapes.departedNode> {
  const who = whoOf(plan.members);
  const { state, lastHeardMs, remaining, behind, nowMs } = plan;
  return {
    ...{ node: { name: node, replica }, address, message },
    plan: {
      ...{ node: { name: node, replica }, address: plan.address, state, lastHeardMs },
      remaining: remaining.map(who),
      behind: behind.map(({ node: lacker, lagWrites }) => ({ node: who(lacker), lagWrites })),
      nowMs,
    },
  };
}

export function drainedNodeJson(drained: Drained): Of<typeof shapes.drainedNode> {
  const { node, holders, members, ...facts } = drained;
  const who = whoOf(members);
  return { node: who(node), holders: holders.map(who), ...facts };
}

export function discoveredJson({ name, replica, ...found }: Discovered): Of<typeof shapes.discovered> {
  return { node: name === null || replica === null ? null : { name, replica }, ...found };
}

export function drillsJson({ on, nodes, unreachable }: DrillStatus): Of<typeof shapes.drills> {
  const who = whoOf([...nodes, ...unreachable]);
  return { on, nodes: nodes.map((node) => ({ ...node, cut: node.cut.map(who) })), unreachable };
}

export function demoJson(result: DemoResult): Of<typeof shapes.demo> {
  return { ...result };
}
