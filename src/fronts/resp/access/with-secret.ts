import type { Access } from './access.js';
import { ANYBODY, type Identity } from './identity.js';

/** Whoever has shown the cluster's secret. No user has this name. */
export const SECRET_HOLDER: Identity = { name: "the cluster's secret", role: 'admin', prefix: null };

/** Where there are no users, but a secret: clients have the data, and nodes and commands of operators are for those who know it. */
export const DATA_CLIENT: Identity = { name: ANYBODY.name, role: 'write', prefix: null };

/** The same for a node that has a secret. */
export function withSecret(access: Access): Access {
  return {
    get anonymous() {
      return access.anonymous === ANYBODY ? DATA_CLIENT : access.anonymous;
    },
    isValid: (identity) => identity === SECRET_HOLDER || access.isValid(identity),
    users: () => access.users(),
    // Where there is no user, any password will do for "default", who is then what somebody is who says nothing.
    authenticate: async (name, password, address) => {
      const identity = await access.authenticate(name, password, address);
      return identity === ANYBODY ? DATA_CLIENT : identity;
    },
  };
}
