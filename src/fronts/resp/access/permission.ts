import { covers, type Role } from '../../../core/model/role.js';
import type { ArgumentList } from '../codec/argument-list.js';
import type { ShortRequest } from '../codec/short-request.js';
import type { CommandDefinition } from '../commands/definition.js';
import { literalStart } from '../commands/glob.js';
import { type Identity, ownsKey } from './identity.js';

export const NO_AUTH = 'NOAUTH Authentication required.';

/** The least role that may give a command. The flags are those of Redis, so that a new command is judged without being listed here. */
export function roleFor({ flags, role }: CommandDefinition): Role {
  if (role !== undefined) return role;
  if (flags.includes('admin')) return 'admin';
  return flags.includes('write') ? 'write' : 'read';
}

/** Why a client may not give a command with these arguments, in Redis' words; null: it may. */
export function denialOf(identity: Identity | null, command: CommandDefinition, args: ArgumentList): string | null {
  if (identity === null) return command.flags.includes('no_auth') ? null : NO_AUTH;
  if (!covers(identity.role, roleFor(command))) return noCommand(command);
  if (identity.prefix === null) return null;
  return denialOfChannels(identity, command, args) ?? denialOfKeys(identity, command, args);
}

/** How many of the first `count` short requests the client may give; the one behind them is judged by itself. */
export function allowedShort(identity: Identity, requests: readonly ShortRequest[], count: number): number {
  for (let i = 0; i < count; i++) {
    const { kind, bytes, keyStart, keyEnd } = requests[i]!;
    const isAllowed = (kind === 'get' || identity.role !== 'read') && ownsKey(identity, bytes, keyStart, keyEnd);
    if (!isAllowed) return i;
  }
  return count;
}

// ---

/** A command that names no keys and touches some is refused, unless it sees to the prefix by itself. */
function denialOfKeys(identity: Identity, command: CommandDefinition, args: ArgumentList): string | null {
  const { keys, keyUses, needsData, keepsToPrefix, concernsAll } = command;
  if (concernsAll === true) return noCommand(command);
  if (keyUses !== undefined) {
    return keyUses(args.toArray()).every(({ key }) => ownsKey(identity, key)) ? null : NO_KEY;
  }
  if (keys === undefined) return needsData !== true || keepsToPrefix === true ? null : noCommand(command);
  const last = keys.last < 0 ? args.length + keys.last : keys.last;
  for (let at = keys.first; at <= last; at += keys.step) if (!ownsKey(identity, args.at(at))) return NO_KEY;
  return null;
}

/** A pattern is allowed where all that it matches is: its beginning, up to the first sign that stands for others, tells. */
function denialOfChannels(identity: Identity, { channels }: CommandDefinition, args: ArgumentList): string | null {
  if (channels === undefined) return null;
  const last = channels.last < 0 ? args.length + channels.last : channels.last;
  for (let at = channels.first; at <= last; at += channels.step) {
    const name = channels.arePatterns ? literalStart(args.at(at)) : args.at(at);
    if (!ownsKey(identity, name)) return NO_CHANNEL;
  }
  return null;
}

function noCommand({ name }: CommandDefinition): string {
  return `NOPERM this user has no permissions to run the '${name}' command`;
}

const NO_CHANNEL = 'NOPERM this user has no permissions to access one of the channels used as arguments';
const NO_KEY = 'NOPERM this user has no permissions to access one of the keys used as arguments';
