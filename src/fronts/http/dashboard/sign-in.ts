import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { OperatorError } from '../../../core/model/errors.js';
import { harmless } from '../../../core/model/names.js';
import { ANYBODY, type Identity } from '../../resp/access/identity.js';
import { endJson } from './headers.js';
import type { DashboardHost, Visitor } from './host.js';
import { isLocal } from './is-local.js';
import { SESSION_MS, Sessions } from './sessions.js';

const NAME_MAX = 256;
const PASSWORD_MAX = 4096;

/** Who is at the browser: the node's users, by name and password, and then by a cookie; or anybody, where clients are. */
export class SignIn {
  private readonly sessions = new Sessions(() => performance.now());

  constructor(private readonly host: DashboardHost) {}

  /** For the page: who is there, and what they may do; or why they cannot sign in here. */
  describe(request: IncomingMessage): object {
    const visitor = this.visitorOf(request);
    const { name: node, address, whoMay, anonymous } = this.host;
    if (visitor === null)
      return { node, address: null, user: null, role: null, refusal: this.refusal(request), whoMay };
    const { name, role } = visitor.asker.identity;
    return { node, address, user: anonymous === visitor.asker.identity ? null : name, role, refusal: null, whoMay };
  }

  /** null: they have to sign in. */
  visitorOf(request: IncomingMessage): Visitor | null {
    const session = this.sessions.get(tokenOf(request));
    if (session !== null && this.host.access.isValid(session.identity))
      return visitorAs(session.identity, session.password, request);
    const { anonymous } = this.host;
    return anonymous === null ? null : visitorAs(anonymous, null, request);
  }

  async signIn(body: Readonly<Record<string, unknown>>, request: IncomingMessage, response: ServerResponse) {
    const refusal = this.refusal(request);
    if (refusal !== null) throw new OperatorError('refused', refusal);
    const { user, password } = body;
    if (typeof user !== 'string' || typeof password !== 'string' || user.length > NAME_MAX)
      throw new OperatorError('usage', 'a user and a password are needed, both as text');
    if (password.length > PASSWORD_MAX)
      throw new OperatorError('usage', `a password has ${PASSWORD_MAX} characters at most`);
    const identity = await this.host.access.authenticate(user, Buffer.from(password), addressOf(request));
    // Where there is no user, any password will do for "default": here that one is let in without, or not at all.
    if (identity === null || identity === ANYBODY)
      throw new OperatorError('not-authenticated', `there is no user ${harmless(user)} with this password`);
    if (identity.prefix !== null)
      throw new OperatorError(
        'not-permitted',
        `the user ${identity.name} may see keys with its prefix alone, and the dashboard shows those of all`,
        'Sign in as a user without a prefix.',
      );
    const secure = request.socket instanceof TLSSocket ? '; Secure' : '';
    const cookie = `${cookieName(request)}=${this.sessions.open(identity, password)}`;
    const bounds = `Path=/dashboard; Max-Age=${SESSION_MS / 1000}; HttpOnly; SameSite=Strict${secure}`;
    response.setHeader('set-cookie', `${cookie}; ${bounds}`);
    const { name, role } = identity;
    endJson(response, 200, { user: name, role });
  }

  signOut(request: IncomingMessage, response: ServerResponse): void {
    this.sessions.end(tokenOf(request));
    response.setHeader('set-cookie', `${cookieName(request)}=; Path=/dashboard; Max-Age=0; HttpOnly; SameSite=Strict`);
    endJson(response, 200, {});
  }

  /** Why a password is not taken this way; null: it is. Where the node has a certificate, nobody comes so far without. */
  private refusal(request: IncomingMessage): string | null {
    if (request.socket instanceof TLSSocket || isLocal(request)) return null;
    const port = request.socket.localPort;
    return (
      'a password is not taken over a network without TLS, where others could read it. ' +
      `Start the node with --tls-cert, --tls-key and --tls-ca; or type ssh -L ${port}:127.0.0.1:${port} on this machine, ` +
      `to the node's, and open http://127.0.0.1:${port}/dashboard/`
    );
  }
}

// ---

function visitorAs(identity: Identity, password: string | null, request: IncomingMessage): Visitor {
  const address = addressOf(request);
  const user = identity === ANYBODY ? 'browser' : identity.name;
  const name = `${user}@${request.socket.remoteAddress ?? '?'}`;
  return { asker: { name, address, identity }, password };
}

/** As that of other clients. */
function addressOf({ socket: { remoteAddress = '?', remotePort = 0 } }: IncomingMessage): string {
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

/** Cookies are those of a machine, whatever the port: nodes on one machine each have their own. */
function cookieName({ socket }: IncomingMessage): string {
  return `mneme-${socket.localPort}`;
}

function tokenOf(request: IncomingMessage): string {
  const name = `${cookieName(request)}=`;
  const all = (request.headers.cookie ?? '').split(/; */);
  return all.find((one) => one.startsWith(name))?.slice(name.length) ?? '';
}
