/** `mneme/admin`: what the `mneme` command asks of nodes, for programs. */
import {
  type AdminClient,
  type Asked,
  type ClientOptions,
  connectClient,
  type Passport,
} from '../admin/client/client.js';
import { shown } from '../admin/client/dial.js';
import { addressList } from '../admin/client/patience.js';
import type { AdminApi, AdminVerb, IncidentView } from '../admin/protocol/api.js';
import { OperatorError } from '../core/model/errors.js';
import { COUNT, faultOf, type Kinds, shown as named, SWITCH, TEXT, TEXTS } from '../core/model/fields.js';
import { openTrust, type TrustOptions } from '../links/open-trust.js';
import { type ClusterStatus, clusterStatus } from '../operations/cluster/status.js';
import { resolvingAt } from './resolving.js';
import type { Resolving } from './resolving-types.js';

export type * from '../admin/protocol/api.js';
export { OperatorError, type OperatorErrorCode } from '../core/model/errors.js';
export type { ClusterStatus } from '../operations/cluster/status.js';
export type { MergePolicy, PolicyConflict } from '../operations/split-brain/merge-policy.js';
export type { Resolution } from '../operations/split-brain/resolve.js';
export type { Undo } from '../operations/split-brain/undo.js';
export type { Approving, MergeOptions, PlanOptions, Resolving, UndoOptions, Waiting } from './resolving-types.js';

/**
 * What the cluster wants to be shown, as by the command's flags of these names: `secretFile`, `tlsCa`, `tlsCert` and `tlsKey` are paths of
 * files, `tlsOptional` is a boolean.
 */
export interface AdminOptions
  extends Pick<TrustOptions, 'secretFile' | 'tlsCa' | 'tlsCert' | 'tlsKey' | 'tlsOptional'> {
  /** A user of the cluster, and the password. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** How long a connection may take to come up, and an answer that is no long work. Default: 5 s. */
  readonly timeoutMs?: number | undefined;
}

/** A way to a cluster. There is nothing to close: each question has a connection of its own, as a run of the command has. */
export interface Admin extends Resolving {
  /** One request of the admin API to the first of the addresses that answers. Rejects with an OperatorError. */
  call<V extends AdminVerb>(verb: V, request: AdminApi[V]['request']): Promise<AdminApi[V]['reply']>;
  /** All members are asked: the same as `mneme cluster status --json`. */
  clusterStatus(): Promise<ClusterStatus>;
  /** Split-brains and other incidents, the latest first. */
  incidents(): Promise<readonly IncidentView[]>;
}

/**
 * A way to a cluster by the address of a member, "host:port", or of several, of which the first that answers is asked. Nothing is asked yet.
 *
 *     const admin = adminAt('10.0.0.1:7379', { secretFile: 'mneme.secret' });
 *     const { state } = await admin.clusterStatus();
 *
 * @throws OperatorError for an address or a file that is none
 */
export function adminAt(addresses: string | readonly string[], options: AdminOptions = {}): Admin {
  if (!TEXT.is(addresses) && !TEXTS.is(addresses))
    throw new OperatorError('usage', `adminAt takes "host:port", or a list of such, not ${named(addresses)}`);
  const fault = faultOf('adminAt', options, KINDS);
  if (fault !== null) throw new OperatorError('usage', fault);
  const list = addressList(typeof addresses === 'string' ? addresses : addresses.join(','));
  const { user, password, timeoutMs } = options;
  if ((user === undefined) !== (password === undefined))
    throw new OperatorError('usage', 'give user and password, or neither of them');
  const who = user === undefined || password === undefined ? null : { name: user, password };
  const passport: Passport = { trust: shown(openTrust(options, false)), credentials: () => who };
  const limits: ClientOptions =
    timeoutMs === undefined ? {} : { connectTimeoutMs: timeoutMs, shortReplyTimeoutMs: timeoutMs };
  const asked: Asked = { connect: (more) => firstOf(list, { ...limits, ...more }, passport) };
  const call: Admin['call'] = async (verb, request) => {
    const client = await asked.connect({});
    return client.call(verb, request).finally(() => client.close());
  };
  return {
    ...resolvingAt(asked),
    call,
    clusterStatus: () => clusterStatus(asked),
    incidents: async () => (await call('INCIDENTS', {})).incidents,
  };
}

// ---

const KINDS: Kinds = {
  ...{ user: TEXT, password: TEXT, timeoutMs: COUNT },
  ...{ secretFile: TEXT, tlsCa: TEXT, tlsCert: TEXT, tlsKey: TEXT, tlsOptional: SWITCH },
};

async function firstOf(addresses: readonly string[], options: ClientOptions, passport: Passport): Promise<AdminClient> {
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await connectClient(address, options, passport);
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'not-reachable') throw error;
      failure ??= error;
    }
  }
  throw failure;
}
