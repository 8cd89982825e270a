import { NO_AUTH } from '../access/permission.js';
import { DATA_CLIENT } from '../access/with-secret.js';
import { ADMIN_REQUEST_BYTES_MAX, AdminReplyError } from '../admin.js';
import { errorReply, type Reply } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { syntaxError, textOf } from './arguments.js';
import type { CommandDefinition } from './definition.js';

/** Which verbs a role may give, their handler knows. */
export const mnemeCommand: CommandDefinition = {
  name: 'mneme',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  docs: { summary: "Mneme's admin API: a verb and its arguments as JSON", since: '0.1.0' },
  role: 'read',
  immediate: true,
  handle(context, args) {
    if (args.length > 4) throw syntaxError();
    if (context.session.transaction !== null) throw new RespError('ERR MNEME inside MULTI is not allowed');
    const bytes = args[2]?.length ?? 0;
    if (bytes > ADMIN_REQUEST_BYTES_MAX) {
      throw new RespError(`ERR MNEME takes at most ${ADMIN_REQUEST_BYTES_MAX} bytes of JSON, not ${bytes}`);
    }
    const name = args[3] === undefined ? '' : textOf(args[3]).slice(0, NAME_MAX);
    return askAdmin(context, textOf(args[1]!).toUpperCase(), args[2] === undefined ? '{}' : textOf(args[2]), name);
  },
};

// ---

const NAME_MAX = 100;

async function askAdmin({ host, session }: Context, verb: string, json: string, name: string): Promise<Reply> {
  const { identity, address } = session;
  if (identity === null || identity === DATA_CLIENT) throw new RespError(NO_AUTH);
  if (host.adminHandler === undefined) throw new RespError('ERR this port takes no admin commands');
  try {
    return await host.adminHandler(verb, json, { name, address, identity });
  } catch (error) {
    if (error instanceof AdminReplyError) return errorReply(`MNEMEERR ${error.json}`);
    throw error;
  }
}
