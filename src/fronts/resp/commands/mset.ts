import { OK } from '../codec/reply.js';
import { alone } from './alone.js';
import { wrongArguments } from './arguments.js';
import { type CommandDefinition, KEYS_AND_VALUES, overMany } from './definition.js';
import { admitPairs, writingPairs } from './pairs.js';

export const msetCommand: CommandDefinition = {
  name: 'mset',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: KEYS_AND_VALUES,
  needsData: true,
  ...overMany((context, args) => {
    if (args.length % 2 === 0) throw wrongArguments('mset');
    admitPairs(context, args);
    return alone(context, writingPairs(context, args, OK), () => void args.keep());
  }),
};
