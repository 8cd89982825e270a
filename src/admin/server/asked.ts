import { harmless } from '../../core/model/names.js';
import { type Asker, askerText, userOf } from '../../fronts/resp/admin.js';
import type { Node } from '../../node/node.js';
import type { AdminApi, AdminVerb, StrategyRequest } from '../protocol/api.js';
import { errorText } from '../protocol/error-text.js';

/** What an operator has asked for is a line in the log of the node, with who they are; what only looks is not. */
export function logAsked(node: Node, verb: AdminVerb, request: object, asker: Asker, outcome: Outcome): void {
  const describe = TEXTS[verb] as ((request: object) => string | null) | undefined;
  const what = describe?.(request) ?? null;
  if (what === null) return;
  // A drain asks again and again until the clients of the node have gone.
  if (verb === 'DRAIN' && 'reply' in outcome && draining.has(node)) return;
  if (verb === 'DRAIN') draining.add(node);
  const failure = 'error' in outcome ? ` failed (${errorText(outcome.error)})` : '';
  const { name, address } = asker;
  node.act(harmless(`${what}${failure}, ${askerText(asker)}`), verb, {
    name: harmless(name),
    user: userOf(asker),
    address,
  });
}

export type Outcome = { reply: unknown } | { error: unknown };

// ---

/** Nodes whose drain was told. */
const draining = new WeakSet<Node>();

type Texts = { [V in AdminVerb]?: (request: AdminApi[V]['request']) => string | null };

const TEXTS: Texts = {
  DRILL: ({ cut, heal }) => {
    if (cut !== undefined) return `drill: links cut to ${cut.join(', ') || 'nobody'}`;
    return heal === true ? 'drill: cut links healed' : null;
  },
  SET: ({ key, value, force }) => `setting ${key} to ${value}${force === undefined ? '' : ' by force'}`,
  RESOLVE: ({ strategy }) => `resolution by ${strategyText(strategy)}`,
  UNDO: ({ incident, keyBase64, dryRun }) => {
    if (dryRun === true) return null;
    return `undo of ${incident}${keyBase64 === undefined ? '' : ' for one key'}`;
  },
  FORGET: ({ node, force }) => `forgetting ${node}${force === undefined ? '' : ' by force'}`,
  DRAIN: ({ dryRun }) => (dryRun === true ? null : 'drain'),
  USER: ({ action, name }) => USER_TEXTS[action]?.(name) ?? null,
  BACKUP: ({ action }) => (action === 'begin' ? 'backup' : null),
  // One act, whatever it takes: its first request has no entries.
  RESTORE: ({ id, entries, stage, dryRun }) =>
    dryRun === true || entries.length > 0 || stage !== undefined ? null : `restore ${id} of a backup`,
  LEAVE: () => 'leaving the cluster',
  STOP: () => 'stop',
  ENGINE: ({ action }) => (action === 'status' ? null : `engine ${action}`),
};

const USER_TEXTS: Readonly<Record<string, (name: string) => string>> = {
  add: (name) => `adding user ${name}`,
  password: (name) => `another password for user ${name}`,
  remove: (name) => `removing user ${name}`,
};

function strategyText(strategy: StrategyRequest): string {
  if (strategy.kind === 'promote') return `promote ${strategy.node}`;
  const { policy } = strategy;
  return `merge ${typeof policy === 'string' ? policy : JSON.stringify(policy)}`;
}
