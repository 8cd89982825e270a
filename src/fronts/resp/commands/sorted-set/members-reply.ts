import type { Reply } from '../../codec/reply.js';
import { type ReplyWriter, replyInPieces } from '../../codec/reply-writer.js';
import type { ScoredMember } from '../../collection.js';
import type { Context } from '../../session.js';

/** How a reply tells scores: not at all; behind each member; or each member and its score as a pair, as RESP3 has it. */
export type ScoreForm = 'none' | 'behind' | 'pairs';

export function scoreForm({ session }: Context, withScores: boolean): ScoreForm {
  if (!withScores) return 'none';
  return session.protocol === 3 ? 'pairs' : 'behind';
}

/** A reply of a few members. */
export function membersReply(members: readonly ScoredMember[], form: ScoreForm): Reply {
  if (form === 'none') return members.map(({ name }) => name);
  const pairs = members.map(({ name, score }): Reply[] => [name, { kind: 'double', value: score }]);
  return form === 'pairs' ? pairs : pairs.flat();
}

/** A reply of members that is written as they are found, since a million of them would be as many objects. */
export class LongMembersReply {
  private readonly written: ReplyWriter = replyInPieces();
  count = 0;

  constructor(
    private readonly context: Context,
    private readonly form: ScoreForm,
  ) {
    this.written.protocol = context.session.protocol;
  }

  get bytes(): number {
    return this.written.length;
  }

  add({ name, score }: ScoredMember): void {
    this.count++;
    if (this.form === 'pairs') this.written.array(2);
    this.written.bulk(name);
    if (this.form !== 'none') this.written.double(score);
  }

  /** The head comes last: how many they are is known at the end. */
  reply(): Reply {
    const head = replyInPieces();
    head.protocol = this.context.session.protocol;
    head.array(this.form === 'behind' ? 2 * this.count : this.count);
    return { kind: 'encoded', chunks: [...head.take(), ...this.written.take()] };
  }
}
