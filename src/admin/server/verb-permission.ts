import { OperatorError } from '../../core/model/errors.js';
import { covers, type Role } from '../../core/model/role.js';
import { type Identity, ownsKey } from '../../fronts/resp/access/identity.js';
import type { AdminApi, AdminVerb } from '../protocol/api.js';

/** @throws OperatorError `not-permitted` where who asks may not give the verb, or not this request of it. */
export function requirePermission<V extends AdminVerb>(
  { name, role, prefix }: Identity,
  verb: V,
  request: AdminApi[V]['request'],
): void {
  const needed = neededFor(verb, request);
  const who = `the user ${name} has the role ${role}`;
  if (!covers(role, needed)) throw notPermitted(`${who}, and MNEME ${verb} takes ${needed}`);
  const isWithin = OF_PREFIX[verb] as ((request: object, identity: Identity) => boolean) | undefined;
  if (prefix !== null && isWithin?.(request, { name, role, prefix }) !== true) {
    throw notPermitted(`the user ${name} may see keys with its prefix alone, and MNEME ${verb} tells of others`);
  }
}

// ---

type Needs = Role | ((request: never) => Role);

/** What only tells takes `read`; what acts takes `admin`. */
const NEEDS: { readonly [V in AdminVerb]: Needs } = {
  STATUS: 'read',
  REPLICA: 'read',
  DIGESTS: 'read',
  BUCKET: 'read',
  ENTRY: 'read',
  LIST: 'read',
  PLAN: 'read',
  CHANGES: 'read',
  DECIDE: 'admin',
  RESOLVE: 'admin',
  INCIDENTS: 'read',
  SETASIDE: 'read',
  UNDO: ({ dryRun }: AdminApi['UNDO']['request']) => (dryRun === true ? 'read' : 'admin'),
  SETTINGS: 'read',
  SET: 'admin',
  FORGET: 'admin',
  LEAVE: 'admin',
  DRAIN: ({ dryRun }: AdminApi['DRAIN']['request']) => (dryRun === true ? 'read' : 'admin'),
  STOP: 'admin',
  ENGINE: ({ action }: AdminApi['ENGINE']['request']) => (action === 'status' ? 'read' : 'admin'),
  DISCOVER: 'read',
  DRILL: ({ cut, heal }: AdminApi['DRILL']['request']) => (cut === undefined && heal === undefined ? 'read' : 'admin'),
  LIMITS: 'read',
  PULSE: 'read',
  PREFIXES: 'read',
  USERS: 'admin',
  USER: 'admin',
  HEALTH: 'read',
  // They tell who did what from where.
  EVENTS: 'admin',
  SUPPORT: 'admin',
  BACKUP: 'admin',
  RESTORE: 'admin',
};

/** What somebody may ask whose keys have a prefix: nothing that names keys of others. */
const OF_PREFIX: { readonly [V in AdminVerb]?: (request: AdminApi[V]['request'], identity: Identity) => boolean } = {
  HEALTH: () => true,
  SETTINGS: () => true,
  ENTRY: ({ keyBase64 }, identity) => ownsKey(identity, Buffer.from(String(keyBase64), 'base64')),
  LIST: ({ prefixBase64 = '' }, identity) => ownsKey(identity, Buffer.from(String(prefixBase64), 'base64')),
  PREFIXES: ({ prefixBase64 }, identity) => ownsKey(identity, Buffer.from(String(prefixBase64), 'base64')),
};

function neededFor<V extends AdminVerb>(verb: V, request: AdminApi[V]['request']): Role {
  const needs = NEEDS[verb];
  return typeof needs === 'function' ? (needs as (request: AdminApi[V]['request']) => Role)(request) : needs;
}

function notPermitted(text: string): OperatorError {
  return new OperatorError('not-permitted', text, 'Ask as a user who may: --user NAME, or MNEME_USER.');
}
