import type { ArgumentList } from '../codec/argument-list.js';
import type { Context } from '../session.js';
import { alone } from './alone.js';
import { wrongArguments } from './arguments.js';
import { type CommandDefinition, KEYS_AND_VALUES, overMany } from './definition.js';
import { stepsOver } from './over-arguments.js';
import { admitPairs, writingPairs } from './pairs.js';
import type { Steps } from './slices.js';

export const msetnxCommand: CommandDefinition = {
  name: 'msetnx',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: KEYS_AND_VALUES,
  needsData: true,
  ...overMany((context, args) => {
    if (args.length % 2 === 0) throw wrongArguments('msetnx');
    admitPairs(context, args);
    return alone(context, writingNew(context, args), () => void args.keep());
  }),
};

// ---

function* writingNew(context: Context, args: ArgumentList): Steps {
  const { keyspace, session } = context;
  let existing = 0;
  yield* stepsOver(context, args, {
    hasValues: true,
    each: (request, nowMs) => {
      if (existing === 0 && keyspace.hasShort(session.database, request, nowMs)) existing++;
    },
    reply: () => existing,
  });
  return existing > 0 ? 0 : yield* writingPairs(context, args, 1);
}
