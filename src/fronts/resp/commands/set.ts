import type { Bytes } from '../../../core/model/bytes.js';
import { OK, type Reply } from '../codec/reply.js';
import type { Context } from '../session.js';
import { copyOf, isWord } from './arguments.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
import { expiryOfOption, setExpiring } from './expiry.js';
import { readSetOptions, type SetOptions } from './set-options.js';

export const setCommand: CommandDefinition = {
  name: 'set',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: ONE_KEY,
  keyUses: (args) => [
    { key: args[1]!, flags: args.slice(3).some((arg) => isWord(arg, 'get')) ? READS_OLD : OVERWRITES },
  ],
  needsData: true,
  handle(context, args) {
    if (args.length > 3) return setWithOptions(context, args, readSetOptions('set', args, 3));
    context.keyspace.set(context.session.database, copyOf(args[1]!), copyOf(args[2]!), 0);
    return OK;
  },
};

// ---

const READS_OLD = ['RW', 'access', 'update'];
const OVERWRITES = ['OW', 'update'];

function setWithOptions(context: Context, args: readonly Bytes[], options: SetOptions): Reply {
  const { keyspace, session } = context;
  const { condition, expiry, returnOld } = options;
  const expiryMs = typeof expiry === 'object' ? expiryOfOption(context, expiry, 'set') : 0;
  const readsOld = returnOld || condition !== 'always' || expiry === 'keep';
  const old = readsOld ? keyspace.get(session.database, args[1]!) : undefined;
  const isMet = condition === 'always' || (condition === 'if-missing') === (old === undefined);
  const answer = returnOld ? (old?.value ?? null) : isMet ? OK : null;
  if (!isMet) return answer;
  const [key, value] = [copyOf(args[1]!), copyOf(args[2]!)];
  if (expiryMs !== 0) setExpiring(context, key, value, expiryMs);
  else keyspace.set(session.database, key, value, expiry === 'keep' ? (old?.expiryMs ?? 0) : 0);
  return answer;
}
