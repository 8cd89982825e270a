import { EXIT, OperatorError } from '../../core/model/errors.js';
import { type AdminHandler, AdminReplyError } from '../../fronts/resp/admin.js';
import { nextText } from '../../hints/next-steps.js';
import type { Node } from '../../node/node.js';
import type { AdminApi, AdminErrorJson, AdminVerb } from '../protocol/api.js';
import { logAsked } from './asked.js';
import { checkShape } from './request-shape.js';
import { parseRequest } from './request-text.js';
import { requirePermission } from './verb-permission.js';
import { backup } from './verbs/backup.js';
import { bucket } from './verbs/bucket.js';
import { changes } from './verbs/changes.js';
import { decide } from './verbs/decide.js';
import { digests } from './verbs/digests.js';
import { discover } from './verbs/discover.js';
import { drain } from './verbs/drain.js';
import { drill } from './verbs/drill.js';
import { engine } from './verbs/engine.js';
import { entry } from './verbs/entry.js';
import { events } from './verbs/events.js';
import { forget } from './verbs/forget.js';
import { health } from './verbs/health.js';
import { incidents } from './verbs/incidents.js';
import { leave } from './verbs/leave.js';
import { limits } from './verbs/limits.js';
import { list } from './verbs/list.js';
import { plan } from './verbs/plan.js';
import { prefixes } from './verbs/prefixes.js';
import { pulse } from './verbs/pulse.js';
import { replica } from './verbs/replica.js';
import { resolve } from './verbs/resolve.js';
import { restore } from './verbs/restore.js';
import { setAside } from './verbs/set-aside.js';
import { set, settings } from './verbs/settings.js';
import { status } from './verbs/status.js';
import { stop } from './verbs/stop.js';
import { support } from './verbs/support.js';
import { undo } from './verbs/undo.js';
import { user, users } from './verbs/users.js';

type Verbs = {
  [V in AdminVerb]: (
    node: Node,
    request: AdminApi[V]['request'],
  ) => AdminApi[V]['reply'] | Promise<AdminApi[V]['reply']>;
};

const VERBS: Verbs = {
  STATUS: status,
  REPLICA: replica,
  DIGESTS: digests,
  BUCKET: bucket,
  ENTRY: entry,
  LIST: list,
  PLAN: plan,
  CHANGES: changes,
  DECIDE: decide,
  RESOLVE: resolve,
  INCIDENTS: incidents,
  SETASIDE: setAside,
  UNDO: undo,
  SETTINGS: settings,
  SET: set,
  FORGET: forget,
  LEAVE: leave,
  DRAIN: drain,
  STOP: stop,
  DISCOVER: discover,
  DRILL: drill,
  LIMITS: limits,
  PULSE: pulse,
  PREFIXES: prefixes,
  USERS: users,
  USER: user,
  HEALTH: health,
  ENGINE: engine,
  EVENTS: events,
  BACKUP: backup,
  RESTORE: restore,
  SUPPORT: support,
};

/** Answers `MNEME VERB JSON` for a node. */
export function adminHandler(node: Node): AdminHandler {
  return async (verb, json, asker) => {
    /** As soon as it is known to be one. */
    let request: object | null = null;
    try {
      if (!Object.hasOwn(VERBS, verb)) {
        throw new OperatorError(
          'usage',
          `There is no admin verb "${verb}". Verbs are: ${Object.keys(VERBS).join(', ')}.`,
        );
      }
      const parsed = parseRequest(verb, json);
      checkShape(verb as AdminVerb, parsed);
      request = parsed;
      requirePermission(asker.identity, verb as AdminVerb, request);
      if (CHANGES.has(verb) && node.engine.takes === 'nothing') throw readOnly(node);
      if (CHANGES.has(verb) && !node.core.status.self.isJoined) throw notJoined(node);
      const handle = VERBS[verb as AdminVerb] as (node: Node, request: unknown) => unknown;
      const reply = await handle(node, request);
      node.schedule();
      logAsked(node, verb as AdminVerb, request, asker, { reply });
      return JSON.stringify(reply);
    } catch (error) {
      if (request !== null) logAsked(node, verb as AdminVerb, request, asker, { error });
      throw new AdminReplyError(JSON.stringify(errorJson(error)), { cause: error });
    }
  };
}

/** What an operator is told to be done must be on the disk. */
const CHANGES: ReadonlySet<string> = new Set<AdminVerb>([
  'SET',
  'FORGET',
  'LEAVE',
  'DRAIN',
  'RESOLVE',
  'UNDO',
  'RESTORE',
  'USER',
]);

/** It knows no users yet, so that whoever asks is let in: what is written to it here would go along to the cluster. */
function notJoined({ core }: Node): OperatorError {
  const { self } = core.status;
  return new OperatorError(
    'refused',
    `${self.name} has yet to join its cluster, and changes nothing of it until then`,
    `mneme cluster status --node ${self.address}`,
  );
}

function readOnly({ core, engine }: Node): OperatorError {
  const why = engine.troubles[0]?.text ?? 'its disk takes nothing';
  return new OperatorError('refused', `${core.status.self.name} cannot do that now: ${why}`, 'mneme cluster status');
}

function errorJson(error: unknown): AdminErrorJson {
  if (error instanceof OperatorError) {
    return { code: error.code, message: error.message, hint: nextText(error.hint), exitCode: error.exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'bug', message: `internal error: ${message}`, hint: null, exitCode: EXIT.bug };
}
