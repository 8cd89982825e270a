import type { CommandDefinition } from '../definition.js';
import { addMember, setAt } from './members.js';

export const smoveCommand: CommandDefinition = {
  name: 'smove',
  arity: 4,
  flags: ['write', 'fast'],
  keys: { first: 1, last: 2, step: 1 },
  needsData: true,
  handle(context, args) {
    const { keyspace, session } = context;
    const [from, to, member] = [args[1]!, args[2]!, args[3]!];
    const source = setAt(context, from);
    if (source === undefined) return 0;
    setAt(context, to);
    if (source.get(member) === undefined) return 0;
    if (Buffer.compare(from, to) === 0) return 1;
    // First what may be refused: a member that is in both sets for lack of room is not lost.
    addMember(context, to, member);
    keyspace.deletePart(session.database, from, 'set', member);
    return 1;
  },
};
