import { withClient } from '../../admin/client/client.js';
import type { UserRequest, UsersReply, UserView } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import type { Role } from '../../core/model/role.js';

export interface UserChanged {
  message: string;
  user: UserView;
}

export function userList(address: string): Promise<UsersReply> {
  return withClient(address, (client) => client.call('USERS', {}));
}

export async function userAdd(
  address: string,
  name: string,
  role: Role,
  prefix: Buffer | undefined,
  askPassword: () => Promise<string>,
): Promise<UserChanged> {
  const { users } = await userList(address);
  const password = await hashed(name, await askPassword());
  const prefixBase64 = prefix === undefined || prefix.length === 0 ? {} : { prefixBase64: prefix.toString('base64') };
  const user = await change(address, { action: 'add', name, role, ...prefixBase64, password });
  const now =
    users.length === 0 ? '; from now on clients have to say who they are, unless anonymous-clients is allow' : '';
  return { user, message: `${name} is a user with the role ${role}${now}` };
}

export async function userPassword(
  address: string,
  name: string,
  askPassword: () => Promise<string>,
): Promise<UserChanged> {
  await known(address, name);
  const user = await change(address, { action: 'password', name, password: await hashed(name, await askPassword()) });
  return { user, message: `${name} has another password; its connections by the old one end` };
}

/** @param approve told what will be, before it is done */
export async function userRemove(
  address: string,
  name: string,
  approve: (user: UserView, isLast: boolean) => Promise<void>,
): Promise<UserChanged> {
  const { user, isLast } = await known(address, name);
  await approve(user, isLast);
  await withClient(address, (client) => client.call('USER', { action: 'remove', name }));
  const now = isLast ? '; there are no users any more, and everybody may do everything' : '; its connections end';
  return { user, message: `${name} is removed${now}` };
}

// ---

const PASSWORD_LENGTH_MIN = 8;

async function known(address: string, name: string): Promise<{ user: UserView; isLast: boolean }> {
  const { users } = await userList(address);
  const user = users.find((one) => one.name === name);
  if (user === undefined) throw new OperatorError('unknown-user', `there is no user "${name}"`, 'mneme user list');
  return { user, isLast: users.length === 1 };
}

async function change(address: string, request: Exclude<UserRequest, { action: 'remove' }>): Promise<UserView> {
  const { users } = await withClient(address, (client) => client.call('USER', request));
  return users.find(({ name }) => name === request.name)!;
}

/** Hashed here: the password itself leaves this process for nowhere. */
async function hashed(name: string, password: string) {
  if (password.length < PASSWORD_LENGTH_MIN) {
    throw new OperatorError(
      'usage',
      `the password for ${name} has ${password.length} characters, and ${PASSWORD_LENGTH_MIN} are the least`,
      'For one that nobody guesses: head -c 24 /dev/urandom | base64',
    );
  }
  const { hashPassword } = await import('../../node/access/password-hash.js');
  return hashPassword(Buffer.from(password));
}
