import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { PROOF_PREAMBLE } from '../../links/exchange.js';
import { LINK_PREAMBLE } from '../../links/frame.js';
import type { Arrival, Guard } from '../../links/guard.js';
import type { Seal } from '../../links/trust.js';

/**
 * Takes over the socket of a link, and the bytes that came after what said so. It must attach its listeners, also for
 * 'error', before it returns: the socket is flowing.
 */
export type LinkHandler = (socket: Socket, rest: Buffer, seal: Seal) => void;

/** What becomes of a new connection. */
export interface Greeting extends Arrival {
  /** TLS goes on with another socket; null: the handshake failed, and the connection is gone. */
  onSecured(secured: TLSSocket | null): void;
}

/**
 * Finds out what a new connection is by its first bytes, which may come one by one: TLS, a link's preamble, somebody who shows the
 * cluster's secret, or else a client. All listeners that it added are gone when it calls back; a client's callback gets all bytes
 * so far.
 */
export function greet(socket: Socket, guard: Guard, greeting: Greeting, isPlainPort = false): void {
  let received: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    const kind = kindOf(received);
    if (kind === 'unknown') return;
    leave();
    if (kind === 'tls') secure(socket, received, guard, greeting);
    else if (kind === 'link') guard.link(socket, received.subarray(LINK_PREAMBLE.length), isPlainPort, greeting);
    else if (kind === 'proof') guard.proof(socket, received.subarray(PROOF_PREAMBLE.length), isPlainPort, greeting);
    else guard.client(socket, received, isPlainPort, greeting);
  };
  // A client that ends within a prefix of a preamble has sent no complete command.
  const onEnd = () => socket.destroy();
  const leave = () => {
    socket.off('data', onData);
    socket.off('end', onEnd);
  };
  socket.on('data', onData);
  socket.on('end', onEnd);
}

// ---

/** The first byte of a TLS handshake; no command begins with it. */
const TLS_HANDSHAKE = 0x16;

type Kind = 'tls' | 'link' | 'proof' | 'client' | 'unknown';

function kindOf(received: Buffer): Kind {
  if (received[0] === TLS_HANDSHAKE) return 'tls';
  const isLink = begins(received, LINK_PREAMBLE);
  if (isLink === 'yes') return 'link';
  const isProof = begins(received, PROOF_PREAMBLE);
  if (isProof === 'yes') return 'proof';
  return isLink === 'no' && isProof === 'no' ? 'client' : 'unknown';
}

function begins(received: Buffer, preamble: Buffer): 'yes' | 'no' | 'perhaps' {
  const length = Math.min(received.length, preamble.length);
  if (preamble.compare(received, 0, length, 0, length) !== 0) return 'no';
  return length === preamble.length ? 'yes' : 'perhaps';
}

/** Where there is no TLS, the connection is closed at once: whoever dials sees that, and need not wait. */
function secure(socket: Socket, received: Buffer, { tls }: Guard, greeting: Greeting): void {
  if (tls === null || socket instanceof TLSSocket) {
    socket.destroy();
    return;
  }
  tls.secure(socket, received, (secured) => greeting.onSecured(secured));
}
