import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Wire } from './ports.js';
import type { RedisTarget } from './target.js';

const READ_BYTES = 1 << 16;

/** A wire over TCP, TLS or a unix socket. */
export function openWire(target: RedisTarget, timeoutMs: number): Promise<Wire> {
  const { host, port, tls, socketPath } = target;
  // An address is no name to ask for; the certificate is checked against it all the same.
  const named = isIP(host) === 0 ? { servername: host } : {};
  let wire: TcpWire | null = null;
  // Unlike a stream of chunks this stops at once when the socket is paused.
  const onread = {
    buffer: Buffer.allocUnsafe(READ_BYTES),
    callback: (count: number, buffer: Uint8Array): boolean => {
      wire?.onBytes(buffer.subarray(0, count));
      return true;
    },
  };
  const options = { ...(socketPath === '' ? { host, port } : { path: socketPath }), onread };
  // TLS hands these options on, which its types do not say.
  const socket = tls ? connectTls({ ...options, ...named } as ConnectionOptions) : connectTcp(options);
  return new Promise((resolve, reject) => {
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    socket.once('error', reject);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      wire = new TcpWire(socket);
      resolve(wire);
    });
  });
}

// ---------------------------------------------------------------------------------------------------------------------

class TcpWire implements Wire {
  onBytes: (bytes: Uint8Array) => void = () => {};
  onTaken: () => void = () => {};
  onEnd: (error: Error) => void = () => {};

  constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('error', (error) => this.onEnd(error));
    socket.on('close', () => this.onEnd(new Error('the connection was closed')));
  }

  write(pieces: readonly Buffer[]): void {
    this.socket.cork();
    for (const piece of pieces) this.socket.write(piece, this.taken);
    this.socket.uncork();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private readonly taken = (): void => this.onTaken();
}
