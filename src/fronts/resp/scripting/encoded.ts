import { errorReply, type Protocol, type Reply } from '../codec/reply.js';
import { ReplyTooLarge } from '../codec/reply-buffer.js';
import { replyInPieces } from '../codec/reply-writer.js';

/** A reply as a client would get it, in one piece. */
export function encoded(reply: Reply, protocol: Protocol = 2): Buffer {
  const writer = replyInPieces();
  writer.protocol = protocol;
  try {
    writer.write(reply);
  } catch (error) {
    if (!(error instanceof ReplyTooLarge)) throw error;
    writer.discard();
    writer.write(errorReply(`ERR ${error.message}`));
  }
  const pieces = writer.take();
  return pieces.length === 1
    ? Buffer.from(pieces[0]!.buffer, pieces[0]!.byteOffset, pieces[0]!.length)
    : Buffer.concat(pieces);
}
