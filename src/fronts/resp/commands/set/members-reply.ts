import type { Bytes } from '../../../../core/model/bytes.js';
import type { Reply } from '../../codec/reply.js';
import { replyInPieces } from '../../codec/reply-writer.js';
import type { Context } from '../../session.js';
import type { MemberSink } from './combining.js';

/** A reply of members that is written as they are found: a million of them would be as many objects. */
export class MembersReply implements MemberSink {
  readonly isFull = false;
  private readonly written = replyInPieces();
  private readonly head = replyInPieces();
  private count = 0;

  constructor({ session }: Context) {
    this.written.protocol = session.protocol;
    this.head.protocol = session.protocol;
  }

  get bytes(): number {
    return this.written.length;
  }

  add(member: Bytes): void {
    this.written.bulk(member);
    this.count++;
  }

  asSet(): Reply {
    this.head.set(this.count);
    return this.whole();
  }

  asArray(): Reply {
    this.head.array(this.count);
    return this.whole();
  }

  private whole(): Reply {
    return { kind: 'encoded', chunks: [...this.head.take(), ...this.written.take()] };
  }
}
