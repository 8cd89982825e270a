import { RedisFailure } from './reply-parser.js';

/** Codes of errors that say something of the server, whatever the key. */
const SERVER_CODES =
  /^(NOSCRIPT|LOADING|BUSY|MASTERDOWN|NOAUTH|WRONGPASS|READONLY|MISCONF|NOREPLICAS|UNKILLABLE|EXECABORT|CLUSTERDOWN|MOVED|ASK|TRYAGAIN)\b/;
/** A command that the user may not use at all, by itself and in a script, of Redis 7.0 and of later ones. */
const COMMAND_RIGHTS = /permissions to run|can't run this command/;
/** A key that the user may not touch, likewise. */
const KEY_RIGHTS = /access (one of the keys|a key)|access at least one of the keys/;
const ELSEWHERE = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN|READONLY)\b/;

/** Whether an error has nothing to do with the keys that were named: it would have come with any others. */
export function isOfServer({ message }: RedisFailure): boolean {
  return SERVER_CODES.test(message) || COMMAND_RIGHTS.test(message);
}

/** Whether another server of a Redis Cluster has the key, or is about to have it. */
export function isElsewhere(error: unknown): error is RedisFailure {
  return error instanceof RedisFailure && ELSEWHERE.test(error.message);
}

/** What to tell an operator of an error that ended a connection, or kept one from being made. */
export function problemOf({ message }: Error): string {
  if (/^NOAUTH\b/.test(message)) return `it wants a password, and the node has none: ${ENGINE_WITH_PASSWORD}`;
  if (/^WRONGPASS\b/.test(message)) return `it does not take the node's user and password: ${ENGINE_WITH_PASSWORD}`;
  return message;
}
const ENGINE_WITH_PASSWORD = 'start the node with --engine redis://USER:PASSWORD@HOST:PORT';

/** What to tell an operator of an error that one key met. */
export function reasonOf({ message }: RedisFailure): string {
  if (KEY_RIGHTS.test(message)) return 'the user of the node has no right to this key (its ACL patterns)';
  return message.replace(/ script: [0-9a-f]{40}, on @user_script:\d+\.?$/, '');
}

export function isOfKeyRights({ message }: RedisFailure): boolean {
  return KEY_RIGHTS.test(message);
}
