import { OperatorError, type OperatorErrorCode } from '../../core/model/errors.js';
import type { Trust } from '../../links/trust.js';
import { formatAddress, parseAddress } from '../protocol/address.js';
import type { AdminApi, AdminErrorJson, AdminVerb } from '../protocol/api.js';
import { ownName } from '../protocol/asked-by.js';
import { isError } from '../protocol/error-text.js';
import { asker } from './asker.js';
import { AdminConnection } from './connection.js';
import { accessError, type Credentials, credentialsFor } from './credentials.js';
import { trustInUse } from './dial.js';
import { notReachable } from './not-reachable.js';
import { answerTimeoutMs, whileAnswering } from './patience.js';

export interface ClientOptions {
  /** How long a connection may take to come up; default: the limit of the command. */
  connectTimeoutMs?: number;
  /** How long any answer may take; default: the limit of the command, and for long work as long as the node is there. */
  replyTimeoutMs?: number;
  /** How long an answer may take that is no long work; default: the limit of the command. */
  shortReplyTimeoutMs?: number;
}

/** One node, for admin calls. What an operator reads comes from the node that was asked, now, or is an error. */
export interface AdminClient {
  /** host:port */
  readonly address: string;
  /** Who asks, as the history tells later. */
  readonly asker: string;
  /** @throws OperatorError as the node answered it, or `not-reachable` when the connection breaks or the answer is late. */
  call<V extends AdminVerb>(verb: V, request: AdminApi[V]['request']): Promise<AdminApi[V]['reply']>;
  /** Another node, asked as this one is: with the same secret, as the same user. @throws OperatorError `not-reachable` */
  reach(address: string): Promise<AdminClient>;
  close(): void;
}

/** What is shown to a node, and wanted of it. */
export interface Passport {
  readonly trust: Trust | null;
  readonly credentials: (address: string) => Credentials | null;
  /** Who asks; absent: whoever runs this process. */
  readonly asker?: string;
}

/** Where a node is asked: at its address, as this process asks all nodes; or in a way of its own. */
export type Asked = string | { connect(options: ClientOptions): Promise<AdminClient> };

/** One connection to one node. It never reconnects by itself. */
class SocketClient implements AdminClient {
  constructor(
    readonly address: string,
    private readonly connection: AdminConnection,
    private readonly options: ClientOptions,
    private readonly passport: Passport | null,
  ) {}

  get asker(): string {
    return this.passport?.asker ?? asker();
  }

  async call<V extends AdminVerb>(verb: V, request: AdminApi[V]['request']): Promise<AdminApi[V]['reply']> {
    let text: string;
    try {
      text = await this.answer(verb, ['MNEME', verb, JSON.stringify(request), this.passport?.asker ?? ownName()]);
    } catch (error) {
      throw mapReplyError(this.address, error, this.passport ?? undefined);
    }
    return JSON.parse(text) as AdminApi[V]['reply'];
  }

  reach(address: string): Promise<AdminClient> {
    return connectClient(address, this.options, this.passport);
  }

  close(): void {
    this.connection.close();
  }

  private answer(verb: AdminVerb, args: string[]): Promise<string> {
    const { replyTimeoutMs, shortReplyTimeoutMs = answerTimeoutMs() } = this.options;
    const limitMs = replyTimeoutMs ?? (LONG.has(verb) ? 0 : shortReplyTimeoutMs);
    const text = this.connection.request(args, limitMs);
    return limitMs > 0 ? text : whileAnswering(this.address, text, this.passport?.trust);
  }
}

/**
 * @param passport null: what this process shows to all nodes
 * @throws OperatorError `not-reachable`, naming the address.
 */
export async function connectClient(
  address: string,
  options: ClientOptions = {},
  passport: Passport | null = null,
): Promise<AdminClient> {
  const { host, port } = parseAddress(address);
  const name = formatAddress({ host, port });
  const { trust, credentials } = passport ?? { trust: trustInUse(), credentials: credentialsFor };
  try {
    const connection = await AdminConnection.connect(host, port, options.connectTimeoutMs ?? answerTimeoutMs(), trust);
    const who = credentials(name);
    if (who !== null) connection.introduce(who.name, who.password);
    return new SocketClient(name, connection, options, passport);
  } catch (error) {
    throw notReachable(name, error);
  }
}

/** What may take minutes where there is much to do: it goes on as long as the node is there. */
const LONG: ReadonlySet<string> = new Set<AdminVerb>([
  ...([
    'DIGESTS',
    'BUCKET',
    'ENTRY',
    'LIST',
    'PLAN',
    'CHANGES',
    'DECIDE',
    'RESOLVE',
    'SETASIDE',
    'UNDO',
    'LEAVE',
    'DRAIN',
    'ENGINE',
    'DISCOVER',
    'BACKUP',
    'RESTORE',
  ] as const),
]);

export function openClient(asked: Asked, options: ClientOptions = {}): Promise<AdminClient> {
  return typeof asked === 'string' ? connectClient(asked, options) : asked.connect(options);
}

/** Connect, use, close: whatever happens in between. */
export async function withClient<T>(
  asked: Asked,
  use: (client: AdminClient) => Promise<T>,
  options: ClientOptions = {},
): Promise<T> {
  const client = await openClient(asked, options);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** What an operator should read for an error of a connection: a reply of the node, or a broken connection. */
export function mapReplyError(address: string, error: unknown, passport?: Passport): Error {
  if (error instanceof OperatorError) return error;
  if (!isError(error) || error.name !== 'ReplyError') return notReachable(address, error);
  const { message } = error;
  if (message.startsWith('MNEMEERR ')) return adminError(message.slice('MNEMEERR '.length), error);
  const refused = accessError(address, message, error, passport?.credentials);
  if (refused !== null) return refused;
  if (/unknown command/i.test(message)) {
    return new OperatorError('refused', `${address} is not a Mneme node: ${message}`, null, { cause: error });
  }
  const hint = OF_THE_CLUSTER.test(message) ? `mneme cluster status --node ${address}` : null;
  return new OperatorError('refused', `${address} answered: ${message}`, hint, { cause: error });
}

/** A node that takes no commands now, or no writes: status says why. */
const OF_THE_CLUSTER = /^(LOADING|MISCONF|NOQUORUM|OOM) /;

/** What a node answered, as JSON text. */
export function adminError(json: string, cause: Error): Error {
  const error = JSON.parse(json) as AdminErrorJson;
  if (error.exitCode === 1) return new Error(`the node ran into a bug: ${error.message}`, { cause });
  return new OperatorError(error.code as OperatorErrorCode, error.message, error.hint, { cause });
}
