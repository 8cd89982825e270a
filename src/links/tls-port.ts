import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { TlsFiles } from './tls-files.js';

/** A handshake that takes longer is given up. */
const HANDSHAKE_MS = 10_000;

/** Makes accepted sockets whose first bytes are TLS into TLS sockets. It listens nowhere: the port is another's. */
export class TlsPort {
  private readonly server: Server;
  private readonly waiting = new Map<string, (secured: TLSSocket | null) => void>();

  constructor(private readonly files: TlsFiles) {
    this.server = createServer({
      ...files.options,
      // Whether a certificate is needed is known once it is known who is there.
      ...{ requestCert: true, rejectUnauthorized: false },
      ...{ allowHalfOpen: true, handshakeTimeout: HANDSHAKE_MS },
    });
    this.server.on('secureConnection', (secured) => {
      secured.setNoDelay(true);
      this.settle(keyOf(secured), secured);
    });
    this.server.on('tlsClientError', (_error, secured) => secured.destroy());
  }

  /** Connections from now on take what the files hold now. */
  renew(): void {
    this.server.setSecureContext(this.files.options);
  }

  /**
   * The caller has removed its listeners. Calls back once: with the socket to use from now on, or null if there will be none.
   * @param first what was read of it already
   */
  secure(socket: Socket, first: Buffer, done: (secured: TLSSocket | null) => void): void {
    const key = keyOf(socket);
    this.waiting.set(key, done);
    socket.once('close', () => this.settle(key, null));
    socket.pause();
    socket.unshift(first);
    this.server.emit('connection', socket);
  }

  private settle(key: string, secured: TLSSocket | null): void {
    const done = this.waiting.get(key);
    this.waiting.delete(key);
    done?.(secured);
  }
}

// ---

/** No two connections that are open have the same ends. */
function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join();
}
