import { type Bytes, compareBytes } from '../../../../core/model/bytes.js';
import type { ScoredMember } from '../../collection.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import type { Steps } from '../slices.js';
import { sortInSteps } from '../sorting/merge-sort.js';
import { type Combination, type CombiningCommand, readCombination } from './combination.js';
import { combining } from './combining.js';
import { MEMBERS_PER_STEP } from './members.js';
import { LongMembersReply, membersReply, scoreForm } from './members-reply.js';
import { storing } from './storing.js';

/** How ZUNION and its like are handled. */
export function combined(command: CombiningCommand): CommandDefinition['handle'] {
  return (context, args) => {
    const combination = readCombination(context, args, command);
    if (command.use === 'store') return alone(context, storingAll(context, copyOf(args[1]!), combination), () => {});
    const steps = command.use === 'count' ? counting(context, combination) : telling(context, combination);
    return alone(
      context,
      steps,
      () => {},
      () => !context.session.isGone,
    );
  };
}

// ---

function* storingAll(context: Context, target: Bytes, combination: Combination): Steps {
  return yield* storing(context, target, yield* combining(context, combination));
}

function* counting(context: Context, combination: Combination): Steps {
  return (yield* combining(context, combination)).length;
}

function* telling(context: Context, combination: Combination): Steps {
  const members = yield* sortInSteps(yield* combining(context, combination), inOrder);
  const form = scoreForm(context, combination.withScores);
  if (members.length <= MEMBERS_PER_STEP) return membersReply(members, form);
  const told = new LongMembersReply(context, form);
  for (const member of members) {
    told.add(member);
    if (told.count % MEMBERS_PER_STEP > 0) continue;
    context.hold(told.bytes);
    yield;
  }
  return told.reply();
}

function inOrder(a: ScoredMember, b: ScoredMember): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return compareBytes(a.name, b.name);
}
