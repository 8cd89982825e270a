import { closest } from '../../core/model/closest.js';
import { OperatorError } from '../../core/model/errors.js';
import * as backup from './backup.js';
import * as cluster from './cluster.js';
import { failure } from './common.js';
import * as context from './context.js';
import { dashboard } from './dashboard.js';
import * as doctor from './doctor.js';
import * as entry from './entry.js';
import * as happened from './events.js';
import * as limits from './limits.js';
import * as replica from './replica.js';
import { type Schema, type Shape, wholeSchema } from './shape.js';
import * as split from './split-brain.js';
import { top } from './top.js';
import * as user from './user.js';

/** What each command prints with `--json`, by its words. `error` is what any of them prints where it fails. */
const SHAPES: Readonly<Record<string, Shape<unknown>>> = {
  'backup create': backup.backup,
  'backup inspect': backup.backup,
  'backup restore': backup.restored,
  'cluster discover': cluster.discovered,
  'cluster drain': cluster.drainedNode,
  'cluster forget': cluster.departedNode,
  'cluster join': cluster.startedNode,
  'cluster leave': cluster.departedNode,
  'cluster secret': cluster.clusterSecret,
  'cluster settings': cluster.clusterSettings,
  'cluster start': cluster.startedNode,
  'cluster status': cluster.clusterStatus,
  'cluster stop': cluster.stoppedNode,
  'cluster wait': cluster.clusterWait,
  'context add': context.contextChanged,
  'context list': context.contextList,
  'context remove': context.contextChanged,
  'context show': context.context,
  'context use': context.contextUsed,
  dashboard,
  demo: cluster.demo,
  doctor: doctor.diagnosis,
  'drill cut': cluster.drills,
  'drill heal': cluster.drills,
  'drill partition': cluster.drills,
  'drill status': cluster.drills,
  'engine confirm-loss': replica.engineReply,
  'engine restore': replica.engineReply,
  'engine status': replica.engineReply,
  'entry delete': entry.entryDelete,
  'entry export': entry.entryExport,
  'entry get': entry.entryGet,
  'entry import': entry.entryImport,
  'entry inspect': entry.entryInspect,
  'entry list': entry.entryList,
  'entry set': entry.entrySet,
  events: happened.events,
  'node limits': limits.nodeLimits,
  'node log': happened.nodeLog,
  'replica compare': replica.replicaCompare,
  'replica inspect': replica.replicaInspect,
  'replica list': replica.replicaList,
  'replica verify': replica.replicaVerify,
  'service container': happened.service,
  'service systemd': happened.service,
  'split-brain history': split.history,
  'split-brain merge': split.resolution,
  'split-brain plan': split.plan,
  'split-brain promote': split.resolution,
  // It needs a person at a terminal, and says so.
  'split-brain resolve': failure,
  'split-brain show': split.details,
  'split-brain status': split.splitBrainStatus,
  'split-brain undo': split.undo,
  'support-bundle': happened.bundle,
  top,
  'user add': user.userChanged,
  'user list': user.userList,
  'user password': user.userChanged,
  'user remove': user.userChanged,
  error: failure,
};

export const SCHEMAS: Readonly<Record<string, Schema>> = Object.fromEntries(
  Object.entries(SHAPES).map(([command, shape]) => [command, wholeSchema(titleOf(command), shape)]),
);

/** All schemas, or that of the command with these words. @throws OperatorError `usage` for what is no such command */
export function schemasOf(words: readonly string[]): object {
  if (words.length === 0) return SCHEMAS;
  const wanted = words
    .join(' ')
    .trim()
    .replaceAll(/[\s:]+/g, ' ');
  const schema = SCHEMAS[wanted];
  if (schema !== undefined) return schema;
  const known = Object.keys(SCHEMAS);
  const meant = closest(wanted, known);
  const guess = meant === null ? '' : `; did you mean ${meant}?`;
  throw new OperatorError('usage', `"${wanted}" is no command that prints JSON${guess}`, 'mneme help json --help');
}

// ---

function titleOf(command: string): string {
  return command === 'error' ? 'what a command that fails prints with --json' : `mneme ${command} --json`;
}
