import type { Socket } from 'node:net';

/** The first bytes of a link between nodes; no Redis command begins with them. */
const LINK_PREAMBLE = Buffer.from('MNEMELNK');

/**
 * Takes over the socket of a link, and the bytes that came after the preamble. It must attach its listeners, also for
 * 'error', before it returns: the socket is flowing.
 */
export type LinkHandler = (socket: Socket, rest: Buffer) => void;

/**
 * Finds out what a new connection is by its first bytes, which may come one by one: a link's preamble, or else a client.
 * All listeners that it added are gone when it calls back; a client's callback gets all bytes so far.
 */
export function greet(socket: Socket, onLink: LinkHandler, onClient: (first: Buffer) => void): void {
  let received: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const kind = kindOf(received);
    if (kind === 'unknown') return;
    leave();
    if (kind === 'link') onLink(socket, received.subarray(LINK_PREAMBLE.length));
    else onClient(received);
  };
  // A client that ends within a prefix of the preamble has sent no complete command.
  const onEnd = () => socket.destroy();
  const leave = () => {
    socket.off('data', onData);
    socket.off('end', onEnd);
  };
  socket.on('data', onData);
  socket.on('end', onEnd);
}

// ---

function kindOf(received: Buffer): 'link' | 'client' | 'unknown' {
  const length = Math.min(received.length, LINK_PREAMBLE.length);
  if (LINK_PREAMBLE.compare(received, 0, length, 0, length) !== 0) return 'client';
  return length === LINK_PREAMBLE.length ? 'link' : 'unknown';
}
