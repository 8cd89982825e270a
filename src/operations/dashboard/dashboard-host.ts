import type { ClientOptions, Passport } from '../../admin/client/client.js';
import { OwnClient } from '../../admin/server/own-client.js';
import { adminHandler } from '../../admin/server/server.js';
import { status } from '../../admin/server/verbs/status.js';
import type { DashboardHost, Visitor } from '../../fronts/http/dashboard/host.js';
import { ANYBODY } from '../../fronts/resp/access/identity.js';
import { DEFAULT_ADDRESS, parseAddress } from '../../links/address.js';
import { OPERATOR } from '../../node/access/operator-key.js';
import type { Node } from '../../node/node.js';
import { LagRecorder } from './lag-history.js';
import { lookAt } from './look.js';
import { answerQuestion } from './questions.js';

/** A member that is out of reach must not hold up what is shown of the others. */
const LOOK: ClientOptions = { connectTimeoutMs: 1_000, shortReplyTimeoutMs: 2_000 };

/**
 * A node for its dashboard. Whatever is asked goes to the same admin verbs as from the CLI, as the user who has signed in: of this node
 * directly, and of other members with that user's password.
 * @param passport what the node shows to others
 */
export function dashboardHost(node: Node, passport: Passport): DashboardHost & { stop(): void } {
  const handle = adminHandler(node);
  const recorder = new LagRecorder(() => status(node));
  const asked = (visitor: Visitor, options: ClientOptions) => {
    const own = new OwnClient(node.address, handle, passportOf(visitor, passport), visitor.asker, options);
    return { connect: async () => own };
  };
  const hasSecret = passport.trust?.secret != null;
  const hasUsers = () => node.core.status.records.users.count > 0;
  return {
    name: node.core.status.self.name,
    address: node.address === DEFAULT_ADDRESS ? null : node.address,
    hostNames: [parseAddress(node.address).host],
    get anonymous() {
      return hasSecret || hasUsers() ? null : ANYBODY;
    },
    get whoMay() {
      return hasUsers() ? USERS : NO_USERS;
    },
    access: {
      authenticate: (name, password, address) => accessOf(node).authenticate(name, password, address),
      isValid: (identity) => accessOf(node).isValid(identity),
    },
    look: async (visitor) => JSON.stringify(await lookAt(asked(visitor, LOOK))),
    history: () => JSON.stringify(recorder.history()),
    ask: (question, request, visitor) =>
      answerQuestion(question, request, asked(visitor, {}), node.core.status.self.clusterId ?? ''),
    stop: () => recorder.stop(),
  };
}

// ---

const USERS = 'Sign in as a user of the cluster: with the role read to look, admin to resolve.';
const NO_USERS =
  'The cluster has a secret and no users yet: mneme user add NAME --role admin makes one. On the machine of the node, the user operator ' +
  'has the password in the file operator-key of its data directory.';

function accessOf(node: Node) {
  if (node.access === null) throw new Error('a node that is asked has its access');
  return node.access;
}

/** The operator's key is good at its own node alone: others are asked as this process asks them. */
function passportOf({ asker, password }: Visitor, { trust, credentials }: Passport): Passport {
  const { identity, name } = asker;
  if (password === null || identity === OPERATOR) return { trust, credentials, asker: name };
  return { trust, credentials: () => ({ name: identity.name, password }), asker: name };
}
