import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Trust } from '../../links/trust.js';
import { Dashboard } from './dashboard/dashboard.js';
import type { DashboardHost } from './dashboard/host.js';
import { HttpPort } from './http-port.js';

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
  serve(host: HttpHost, dashboard: DashboardHost): void;
  close(): Promise<void>;
}

/**
 * A port for monitoring and people: GET /metrics, /healthz, /readyz, and the dashboard.
 * @param page the directory of the dashboard's files
 * @throws OperatorError `port-in-use` or `bad-setting`, naming the address
 */
export async function openHttp(host: string, port: number, trust: Trust, page: URL): Promise<HttpFront> {
  let served: HttpHost | null = null;
  const dashboard = new Dashboard(page, trust);
  const opened = new HttpPort(trust, (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]!;
    if (dashboard.isAskedBy(path)) void dashboard.answer(path, request, response);
    else void answer(served, path, request, response);
  });
  const bound = await opened.listen(host, port);
  return {
    address: bound.address.includes(':') ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`,
    serve(one, shown) {
      served = one;
      dashboard.serve(shown);
    },
    async close() {
      dashboard.close();
      await opened.close();
    },
  };
}

// ---

async function answer(
  host: HttpHost | null,
  path: string,
  { method = 'GET' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return end(response, 405, `${method} is not answered here, only GET and HEAD`);
  }
  switch (path) {
    case '/healthz':
      return end(response, 200, 'ok');
    case '/readyz': {
      const { isReady, text } = host?.readiness() ?? STARTING;
      return end(response, isReady ? 200 : 503, text);
    }
    case '/metrics':
      return answerMetrics(host, response);
    default:
      return end(response, 404, 'There is /dashboard, /metrics, /healthz and /readyz.');
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
