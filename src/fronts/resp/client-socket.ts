import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Takes what was read: the first `length` bytes of `memory`, which is used again as soon as the call returns. */
export type OnBytes = (memory: Buffer, length: number) => void;

/**
 * Reads a client's socket into memory that all clients share, instead of into new memory for each read, which is most of the
 * garbage of a busy port. Node offers that (`onread`) to sockets that are made with it, and a server makes its own without.
 * So a new socket is made around the handle of the accepted one, which is let go of, and must not be used any more. A TLS socket,
 * and one of a version of Node that keeps its handles elsewhere, is read as it is.
 */
export function readInPlace(accepted: Socket, onBytes: OnBytes): Socket {
  const inner = accepted as Socket & { _handle?: object | null };
  const handle = inner._handle;
  if (accepted instanceof TLSSocket || typeof handle !== 'object' || handle === null || accepted.destroyed) {
    accepted.on('data', (chunk: Buffer) => onBytes(chunk, chunk.length));
    return accepted;
  }
  inner._handle = null;
  const options: SocketConstructorOpts & ConnectOpts & { handle: object } = {
    handle,
    allowHalfOpen: true,
    onread: { buffer: memory, callback: (length) => take(length, onBytes) },
  };
  const socket = new Socket(options);
  // What went wrong with one client's socket is that client's affair; 'close' follows and tidies up.
  socket.on('error', () => {});
  return socket;
}

// ---

/** As much as libuv reads at a time. */
const memory = Buffer.allocUnsafeSlow(64 * 1024);

/** Returns whether to go on reading. */
function take(length: number, onBytes: OnBytes): boolean {
  onBytes(memory, length);
  return true;
}
