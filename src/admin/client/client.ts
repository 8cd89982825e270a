import { OperatorError, type OperatorErrorCode } from '../../core/model/errors.js';
import { formatAddress, parseAddress } from '../protocol/address.js';
import type { AdminApi, AdminErrorJson, AdminVerb } from '../protocol/api.js';
import { ownName } from '../protocol/asked-by.js';
import { isError } from '../protocol/error-text.js';
import { AdminConnection } from './connection.js';
import { accessError, credentialsFor } from './credentials.js';
import { notReachable } from './not-reachable.js';
import { answerTimeoutMs, whileAnswering } from './patience.js';

export interface ClientOptions {
  /** How long a connection may take to come up; default: the limit of the command. */
  connectTimeoutMs?: number;
  /** How long any answer may take; default: the limit of the command, and for long work as long as the node is there. */
  replyTimeoutMs?: number;
}

/**
 * One connection to one node, for admin calls. It never reconnects by itself: what an operator reads must come from the node
 * that was asked, now, or be an error.
 */
export class AdminClient {
  private constructor(
    readonly address: string,
    private readonly connection: AdminConnection,
    private readonly replyTimeoutMs: number | undefined,
  ) {}

  /** @throws OperatorError `not-reachable`, naming the address. */
  static async connect(address: string, options: ClientOptions = {}): Promise<AdminClient> {
    const { host, port } = parseAddress(address);
    const name = formatAddress({ host, port });
    try {
      const connection = await AdminConnection.connect(host, port, options.connectTimeoutMs ?? answerTimeoutMs());
      const credentials = credentialsFor(name);
      if (credentials !== null) connection.introduce(credentials.name, credentials.password);
      return new AdminClient(name, connection, options.replyTimeoutMs);
    } catch (error) {
      throw notReachable(name, error);
    }
  }

  /** @throws OperatorError as the node answered it, or `not-reachable` when the connection breaks or the answer is late. */
  async call<V extends AdminVerb>(verb: V, request: AdminApi[V]['request']): Promise<AdminApi[V]['reply']> {
    let text: string;
    try {
      text = await this.answer(verb, ['MNEME', verb, JSON.stringify(request), ownName()]);
    } catch (error) {
      throw mapReplyError(this.address, error);
    }
    return JSON.parse(text) as AdminApi[V]['reply'];
  }

  close(): void {
    this.connection.close();
  }

  private answer(verb: AdminVerb, args: string[]): Promise<string> {
    const limitMs = this.replyTimeoutMs ?? (LONG.has(verb) ? 0 : answerTimeoutMs());
    const text = this.connection.request(args, limitMs);
    return limitMs > 0 ? text : whileAnswering(this.address, text);
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

/** Connect, use, close: whatever happens in between. */
export async function withClient<T>(
  address: string,
  use: (client: AdminClient) => Promise<T>,
  options: ClientOptions = {},
): Promise<T> {
  const client = await AdminClient.connect(address, options);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** What an operator should read for an error of a connection: a reply of the node, or a broken connection. */
export function mapReplyError(address: string, error: unknown): Error {
  if (error instanceof OperatorError) return error;
  if (!isError(error) || error.name !== 'ReplyError') return notReachable(address, error);
  const { message } = error;
  if (message.startsWith('MNEMEERR ')) return fromAdminError(message.slice('MNEMEERR '.length), error);
  const refused = accessError(address, message, error);
  if (refused !== null) return refused;
  if (/unknown command/i.test(message)) {
    return new OperatorError('refused', `${address} is not a Mneme node: ${message}`, null, { cause: error });
  }
  const hint = OF_THE_CLUSTER.test(message) ? `mneme cluster status --node ${address}` : null;
  return new OperatorError('refused', `${address} answered: ${message}`, hint, { cause: error });
}

/** A node that takes no commands now, or no writes: status says why. */
const OF_THE_CLUSTER = /^(LOADING|MISCONF|NOQUORUM|OOM) /;

function fromAdminError(json: string, cause: Error): Error {
  const error = JSON.parse(json) as AdminErrorJson;
  if (error.exitCode === 1) return new Error(`the node ran into a bug: ${error.message}`, { cause });
  return new OperatorError(error.code as OperatorErrorCode, error.message, error.hint, { cause });
}
