import type { Role } from '../../../../core/model/role.js';
import type { Access } from '../../access/access.js';
import { ANYBODY, type Identity } from '../../access/identity.js';

/** A user in Redis' words. The hash of the password is shown to nobody. */
export interface AclUser {
  readonly name: string;
  readonly password: 'nopass' | '#scrypt';
  readonly keys: string;
  readonly channels: string;
  readonly commands: string;
}

/** "default" is whoever does not have to say who it is. */
export function aclUsers(access: Access): AclUser[] {
  const { anonymous } = access;
  const all = access.users().map((user) => aclUser(user, '#scrypt'));
  const hasDefault = all.some(({ name }) => name === ANYBODY.name);
  return anonymous === null || hasDefault ? all : [aclUser(anonymous, 'nopass'), ...all];
}

// ---

function aclUser({ name, role, prefix }: Identity, password: AclUser['password']): AclUser {
  const pattern =
    prefix === null
      ? ''
      : Buffer.from(prefix)
          .toString()
          .replace(/[\\*?[\]]/g, '\\$&');
  return { name, password, keys: `~${pattern}*`, channels: `&${pattern}*`, commands: COMMANDS[role] };
}

const READS = '-@all +@read +@connection +@transaction +@pubsub';
const COMMANDS: Readonly<Record<Role, string>> = {
  read: `${READS} -publish -spublish`,
  write: `${READS} +@write`,
  admin: '+@all',
};
