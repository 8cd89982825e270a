import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { OperatorError, type OperatorErrorCode } from '../../../core/model/errors.js';
import { nextText } from '../../../hints/next-steps.js';
import type { Trust } from '../../../links/trust.js';
import { RespError } from '../../resp/keyspace.js';
import { readBody } from './body.js';
import { PageFiles } from './files.js';
import { endJson, endRefused, setHeaders } from './headers.js';
import type { DashboardHost } from './host.js';
import { isLocal } from './is-local.js';
import { Live } from './live.js';
import { refusalOfHost, refusalOfOrigin } from './origin.js';
import { SignIn } from './sign-in.js';

const PATH = '/dashboard';
const API = `${PATH}/api/`;

/** The page at /dashboard, and what it asks for: who is there, how the cluster is, and what an operator wants done. */
export class Dashboard {
  private readonly files: PageFiles;
  private shown: { readonly host: DashboardHost; readonly signIn: SignIn; readonly live: Live } | null = null;

  constructor(
    page: URL,
    private readonly trust: Pick<Trust, 'tls' | 'tlsClientsRequired'>,
  ) {
    this.files = new PageFiles(page);
  }

  serve(host: DashboardHost): void {
    const signIn = new SignIn(host);
    this.shown = { host, signIn, live: new Live(host) };
  }

  close(): void {
    this.shown?.live.close();
  }

  isAskedBy(path: string): boolean {
    return path === '/' || path === PATH || path.startsWith(`${PATH}/`);
  }

  /** @param path without what follows a question mark */
  async answer(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    setHeaders(response);
    try {
      await this.route(path, request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else refuse(response, error);
    }
  }

  private async route(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', headers } = request;
    const isChange = method === 'POST' && path.startsWith(API);
    const isApi = path.startsWith(API);
    if (!isChange && method !== 'GET' && (isApi || method !== 'HEAD')) {
      response.setHeader('allow', isApi ? 'GET, POST' : 'GET, HEAD');
      return endText(response, 405, `${method} is not answered here`);
    }
    const isSecure = request.socket instanceof TLSSocket;
    const refusal =
      refusalOfHost(headers, (name) => this.isOwnName(name)) ??
      // A link of another page may lead here: it sees nothing of what it opens.
      (isApi ? refusalOfOrigin(headers, isSecure, isChange) : null);
    if (refusal !== null) return endText(response, refusal.code, refusal.text);
    if (!isSecure && this.wantsTls(request)) {
      const location = `https://${headers.host}${PATH}/`;
      if (isApi) return endText(response, 403, `this is answered by TLS: ${location}`);
      return void response.writeHead(308, { location }).end();
    }
    if (isApi) return this.api(path.slice(API.length), isChange, request, response);
    this.page(path, response);
  }

  /** As at the node's own port, but that a browser of this machine need not know the authority, unless all clients show a certificate. */
  private wantsTls(request: IncomingMessage): boolean {
    const { tls, tlsClientsRequired } = this.trust;
    return tls !== null && (tlsClientsRequired || !isLocal(request));
  }

  private page(path: string, response: ServerResponse): void {
    if (path === '/' || path === PATH) return void response.writeHead(308, { location: `${PATH}/` }).end();
    const file = this.files.get(path.slice(PATH.length + 1) || 'index.html');
    if (file === null) return endText(response, 404, `There is nothing at ${path.slice(0, 100)}.`);
    response.writeHead(200, { 'content-type': file.type, 'content-length': file.bytes.length }).end(file.bytes);
  }

  private async api(
    name: string,
    isChange: boolean,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { shown } = this;
    if (shown === null) return endRefused(response, 503, { code: 'starting', message: 'the node starts', hint: null });
    const { host, signIn, live } = shown;
    if (name === 'session' && !isChange) return endJson(response, 200, signIn.describe(request));
    if (name === 'sign-in' && isChange) return signIn.signIn(await readBody(request), request, response);
    if (name === 'sign-out' && isChange) return signIn.signOut(request, response);
    const visitor = signIn.visitorOf(request);
    if (visitor === null) throw new OperatorError('not-authenticated', 'sign in first');
    if (name === 'live' && !isChange) {
      if (!live.open(response, visitor, () => signIn.visitorOf(request) !== null))
        throw new OperatorError('refused', 'too many pages are open at this node');
      return;
    }
    if (!isChange) return endText(response, 404, `There is no ${name.slice(0, 100)} to be read.`);
    endJson(response, 200, await host.ask(name, await readBody(request), visitor));
  }

  /** As the node says of itself, or its certificate. */
  private isOwnName(name: string): boolean {
    if (this.shown?.host.hostNames.includes(name) === true) return true;
    const cert = this.trust.tls?.options.cert;
    return cert !== undefined && new X509Certificate(cert as Buffer).checkHost(name) !== undefined;
  }
}

// ---

const HTTP_CODES: { readonly [C in OperatorErrorCode]?: number } = {
  usage: 400,
  'bad-setting': 400,
  'not-authenticated': 401,
  'not-permitted': 403,
  'unknown-node': 404,
  'unknown-incident': 404,
  'unknown-plan': 404,
  'not-reachable': 502,
};

function refuse(response: ServerResponse, error: unknown): void {
  if (error instanceof OperatorError) {
    const { code, message, hint } = error;
    return endRefused(response, HTTP_CODES[code] ?? 409, { code, message, hint: nextText(hint) });
  }
  // Passwords cannot be asked about now.
  if (error instanceof RespError)
    return endRefused(response, 503, { code: 'busy', message: error.message.replace(/^[A-Z]+ /, ''), hint: null });
  const message = error instanceof Error ? error.message : String(error);
  endRefused(response, 500, { code: 'bug', message: `the node ran into a bug: ${message}`, hint: null });
}

function endText(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}
