import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OperatorError } from '../../core/model/errors.js';
import { systemReason } from '../../core/model/system-errors.js';
import { advice } from '../../hints/advice.js';

/** What is said of a node over HTTP. */
export interface HttpHost {
  /** For Prometheus, with the content type of the text. */
  metrics(): Promise<{ type: string; text: string }>;
  /** Whether clients should be sent to the node. `text`: its state, for people. */
  readiness(): { isReady: boolean; text: string };
}

export interface HttpFront {
  /** host:port it listens on. */
  readonly address: string;
  /** From now on it speaks of a node; before, that one starts. */
  serve(host: HttpHost): void;
  close(): Promise<void>;
}

/** Monitoring asks once in some seconds, from a few places: more is a mistake, or an attack. */
const CONNECTIONS_MAX = 64;
const REQUEST_MS = 5_000;
const HEADER_BYTES_MAX = 8 * 1024;

/**
 * A port for monitoring: GET /metrics, /healthz and /readyz.
 * @throws OperatorError `port-in-use` or `bad-setting`, naming the address
 */
export async function openHttp(host: string, port: number): Promise<HttpFront> {
  let served: HttpHost | null = null;
  const server = createServer({ requestTimeout: REQUEST_MS, maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    void answer(served, request, response);
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.keepAliveTimeout = REQUEST_MS;
  const bound = await listen(server, host, port);
  return {
    address: bound.address.includes(':') ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`,
    serve(one) {
      served = one;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

// ---

async function answer(host: HttpHost | null, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return end(response, 405, `${method} is not answered here, only GET and HEAD`);
  }
  switch (url.split('?', 1)[0]) {
    case '/healthz':
      return end(response, 200, 'ok');
    case '/readyz': {
      const { isReady, text } = host?.readiness() ?? STARTING;
      return end(response, isReady ? 200 : 503, text);
    }
    case '/metrics':
      return answerMetrics(host, response);
    default:
      return end(response, 404, 'There is /metrics, /healthz and /readyz.');
  }
}

async function answerMetrics(host: HttpHost | null, response: ServerResponse): Promise<void> {
  if (host === null) return end(response, 503, STARTING.text);
  try {
    const { type, text } = await host.metrics();
    response.writeHead(200, { 'content-type': type }).end(text);
  } catch (error) {
    end(response, 500, `the metrics cannot be given: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const STARTING = { isReady: false, text: 'starting' };

function end(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, host, port)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve(server.address() as AddressInfo);
    });
  });
}

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
