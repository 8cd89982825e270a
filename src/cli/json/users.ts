import type { UsersReply, UserView } from '../../admin/protocol/api.js';
import type { UserChanged } from '../../operations/user/user.js';
import type { Of } from '../shapes/shape.js';
import type * as shapes from '../shapes/user.js';
import { textOfBase64 } from './bytes.js';

export function userListJson({ users, anonymousClients }: UsersReply): Of<typeof shapes.userList> {
  return { users: users.map(userJson), anonymousClients };
}

export function userChangedJson({ user, message }: UserChanged): Of<typeof shapes.userChanged> {
  return { user: userJson(user), message };
}

function userJson({ name, role, prefixBase64, addedMs, passwordMs }: UserView): Of<typeof shapes.user> {
  const prefix = prefixBase64 === null ? null : textOfBase64(prefixBase64);
  return { name, role, prefix, prefixBase64, addedMs, passwordMs };
}
