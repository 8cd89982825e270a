import type { Access } from './access.js';
import { ANYBODY, type Identity } from './identity.js';

/** Whoever has shown the cluster's secret. No user has this name. */
export const OPERATOR: Identity = { name: "the cluster's secret", role: 'admin', prefix: null };

/** Without users, and with a secret: clients have the data to themselves, and administration is for those who know the secret. */
const CLIENT: Identity = { name: ANYBODY.name, role: 'write', prefix: null };

/** The same for a node that has a secret. */
export function withSecret(access: Access): Access {
  return {
    get anonymous() {
      return access.anonymous === ANYBODY ? CLIENT : access.anonymous;
    },
    isValid: (identity) => identity === OPERATOR || access.isValid(identity),
    users: () => access.users(),
    authenticate: (name, password, address) => access.authenticate(name, password, address),
  };
}
