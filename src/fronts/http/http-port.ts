import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, createServer as createPort, type Server as Port, type Socket } from 'node:net';
import { OperatorError } from '../../core/model/errors.js';
import { systemReason } from '../../core/model/system-errors.js';
import { advice } from '../../hints/advice.js';
import type { TlsFiles } from '../../links/tls-files.js';
import type { Trust } from '../../links/trust.js';

/** A page and monitoring ask from a few places: more is a mistake, or an attack. */
const CONNECTIONS_MAX = 64;
const REQUEST_MS = 5_000;
const HEADER_BYTES_MAX = 8 * 1024;
/** The first byte of a TLS handshake; no request begins with it. */
const TLS_HANDSHAKE = 0x16;

/**
 * A port for HTTP, and where the node has a certificate for HTTPS as well: the first byte of a connection says which. So what collects
 * figures without TLS goes on when the node gets a certificate, and a browser need not send a password in the clear.
 */
export class HttpPort {
  private readonly http: Server;
  private readonly https: HttpsServer | null;
  private readonly port: Port;
  /** Of which nothing was read yet. */
  private readonly arriving = new Set<Socket>();
  private options: TlsFiles['options'] | null;

  /** @param trust the certificate is shown, and where clients have to show one it is asked for */
  constructor(
    private readonly trust: Pick<Trust, 'tls' | 'tlsClientsRequired'>,
    answer: RequestListener,
  ) {
    const limits = { requestTimeout: REQUEST_MS, maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: REQUEST_MS };
    const { tls, tlsClientsRequired: requestCert } = trust;
    this.options = tls?.options ?? null;
    this.http = createHttpServer(limits, answer);
    this.https =
      tls === null
        ? null
        : createHttpsServer({ ...limits, ...tls.options, requestCert, rejectUnauthorized: requestCert }, answer);
    this.port = createPort((socket) => this.arrive(socket));
    this.port.maxConnections = CONNECTIONS_MAX;
  }

  /** @throws OperatorError `port-in-use` or `bad-setting`, naming the address */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.port.once('error', (error) => reject(explain(error, host, port)));
      this.port.listen(port, host, () => {
        this.port.removeAllListeners('error');
        resolve(this.port.address() as AddressInfo);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.port.close(() => resolve());
      for (const socket of this.arriving) socket.destroy();
      this.http.closeAllConnections();
      this.https?.closeAllConnections();
    });
  }

  private arrive(socket: Socket): void {
    this.arriving.add(socket);
    const gone = () => socket.destroy();
    socket.setTimeout(REQUEST_MS, gone);
    socket.once('error', gone);
    socket.once('close', () => this.arriving.delete(socket));
    socket.once('data', (first: Buffer) => {
      this.arriving.delete(socket);
      socket.setTimeout(0);
      socket.off('timeout', gone);
      socket.off('error', gone);
      const server = first[0] === TLS_HANDSHAKE ? this.secured() : this.http;
      if (server === null) return void socket.destroy();
      socket.pause();
      socket.unshift(first);
      server.emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  }

  /** With the certificate that the files hold now; null: there is none. */
  private secured(): HttpsServer | null {
    const options = this.trust.tls?.options ?? null;
    if (options !== null && options !== this.options) this.https?.setSecureContext(options);
    this.options = options;
    return this.https;
  }
}

// ---

function explain(error: NodeJS.ErrnoException, host: string, port: number): OperatorError {
  const address = `${host}:${port}`;
  if (error.code === 'EADDRINUSE') {
    const next = advice(`ss -ltnp sport = :${port}`, 'Or take another with --http HOST:PORT.');
    return new OperatorError('port-in-use', `Another process listens on ${address}`, next, { cause: error });
  }
  const message = `Cannot listen on ${address} for HTTP: ${systemReason(error)}`;
  return new OperatorError('bad-setting', message, 'Name an address of this machine with --http HOST:PORT.', {
    cause: error,
  });
}
