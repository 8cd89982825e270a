import { randomBytes } from 'node:crypto';
import { isPassword } from '../../../core/membership/record-checks.js';
import type { PasswordRecord, User } from '../../../core/membership/user-records.js';
import { OperatorError } from '../../../core/model/errors.js';
import { isNodeName, NAME_RULE } from '../../../core/model/names.js';
import { isRole, ROLES } from '../../../core/model/role.js';
import { OPERATOR } from '../../../node/access/operator-key.js';
import type { Node } from '../../../node/node.js';
import type { UserRequest, UsersReply } from '../../protocol/api.js';

export function users(node: Node): UsersReply {
  const { records } = node.core.status;
  return {
    users: records.users.list().map(({ name, role, prefixBase64, addedMs, passwordMs }) => {
      return { name, role, prefixBase64: prefixBase64 === '' ? null : prefixBase64, addedMs, passwordMs };
    }),
    anonymousClients: records.settings()['anonymous-clients'],
  };
}

export function user(node: Node, request: UserRequest): UsersReply {
  if (request.action === 'add') add(node, request);
  else if (request.action === 'password') changePassword(node, request);
  else if (request.action === 'remove') remove(node, request.name);
  else throw new OperatorError('usage', 'MNEME USER takes an action: add, password or remove');
  return users(node);
}

// ---

function add(node: Node, request: Extract<UserRequest, { action: 'add' }>): void {
  const { name, role, prefixBase64 = '', password } = request;
  const known = node.core.status.records.users;
  checkName(name);
  checkPassword(password);
  if (!isRole(role)) throw new OperatorError('usage', `"${role}" is no role: there are ${ROLES.join(', ')}`);
  if (known.get(name) !== undefined) throw nameTaken(name);
  if (role === 'admin' && prefixBase64 !== '') {
    throw new OperatorError('usage', `${name} is to be an admin with a prefix, and admins see everything`, PREFIXED);
  }
  // Nobody could add another one, or take this one back.
  if (role !== 'admin' && admins(known.list()).length === 0) throw adminFirst(name, role);
  const id = randomBytes(8).toString('hex');
  node.core.operator.addUser({ id, name, role, prefixBase64: String(prefixBase64) }, recordOf(password));
}

function changePassword(node: Node, request: Extract<UserRequest, { action: 'password' }>): void {
  checkPassword(request.password);
  node.core.operator.changePassword(userNamed(node, request.name), recordOf(request.password));
}

function remove(node: Node, name: string): void {
  const user = userNamed(node, name);
  const others = node.core.status.records.users.list().filter((one) => one.id !== user.id);
  if (others.length > 0 && admins(others).length === 0) {
    throw new OperatorError(
      'refused',
      `${name} is the last admin: nobody could look after the other users (${others.map((one) => one.name).join(', ')})`,
      'Add another admin first, or remove the others first: without any user everybody may do everything.',
    );
  }
  node.core.operator.removeUser(user);
}

function userNamed(node: Node, name: string): User {
  const user = node.core.status.records.users.get(name);
  if (user !== undefined) return user;
  throw new OperatorError('unknown-user', `there is no user "${name}"`, 'mneme user list');
}

function checkName(name: string): void {
  if (typeof name !== 'string' || !isNodeName(name)) {
    throw new OperatorError('usage', `"${name}" is no name for a user: a name has ${NAME_RULE}`);
  }
  if (name === OPERATOR.name) {
    throw new OperatorError(
      'usage',
      `${name} is the name of whoever may read a node's data directory`,
      'Take another name.',
    );
  }
}

function checkPassword(password: PasswordRecord): void {
  const isSound = typeof password === 'object' && password !== null && isPassword({ ...password });
  if (!isSound) throw new OperatorError('usage', 'MNEME USER takes a password as scrypt made it, with its costs');
}

/** Nothing else of what was sent. */
function recordOf({ saltBase64, keyBase64, cost, blockSize, parallelization }: PasswordRecord): PasswordRecord {
  return { saltBase64, keyBase64, cost, blockSize, parallelization };
}

function admins(all: readonly User[]): User[] {
  return all.filter(({ role }) => role === 'admin');
}

function nameTaken(name: string): OperatorError {
  return new OperatorError(
    'name-taken',
    `there is a user ${name} already`,
    `For another password: mneme user password ${name}. For another role: mneme user remove ${name}, and add it anew.`,
  );
}

function adminFirst(name: string, role: string): OperatorError {
  return new OperatorError(
    'refused',
    `${name} would be the first user, with the role ${role}: nobody could add another one`,
    'Add an admin first: mneme user add NAME --role admin',
  );
}

const PREFIXED = 'Leave the prefix out, or take the role write.';
