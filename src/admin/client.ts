import { OperatorError, type OperatorErrorCode } from '../core/errors.js';
import { formatAddress, parseAddress } from './address.js';
import type { AdminApi, AdminErrorJson, AdminVerb } from './api.js';
import { AdminConnection } from './connection.js';
import { isError } from './error-text.js';

/** Short: an operator asks again rather than waits. */
export const CONNECT_TIMEOUT_MS = 2000;

export interface ClientOptions {
  /** How long a connection may take to come up. */
  connectTimeoutMs?: number;
  /** How long one answer may take; 0 (the default): as long as it needs, since a resolution may take minutes. */
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
    private readonly replyTimeoutMs: number,
  ) {}

  /** @throws OperatorError `not-reachable`, naming the address. */
  static async connect(address: string, options: ClientOptions = {}): Promise<AdminClient> {
    const { host, port } = parseAddress(address);
    const name = formatAddress({ host, port });
    try {
      const connection = await AdminConnection.connect(host, port, options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
      return new AdminClient(name, connection, options.replyTimeoutMs ?? 0);
    } catch (error) {
      throw notReachable(name, error);
    }
  }

  /** @throws OperatorError as the node answered it, or `not-reachable` when the connection breaks or the answer is late. */
  async call<V extends AdminVerb>(verb: V, request: AdminApi[V]['request']): Promise<AdminApi[V]['reply']> {
    let text: string;
    try {
      text = await this.connection.request(['MNEME', verb, JSON.stringify(request)], this.replyTimeoutMs);
    } catch (error) {
      throw mapReplyError(this.address, error);
    }
    return JSON.parse(text) as AdminApi[V]['reply'];
  }

  close(): void {
    this.connection.close();
  }
}

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
  if (/unknown command/i.test(message)) {
    return new OperatorError('refused', `${address} is not a Mneme node: ${message}`, null, { cause: error });
  }
  return new OperatorError('refused', `${address} answered: ${message}`, null, { cause: error });
}

function fromAdminError(json: string, cause: Error): Error {
  const error = JSON.parse(json) as AdminErrorJson;
  if (error.exitCode === 1) return new Error(`the node ran into a bug: ${error.message}`, { cause });
  return new OperatorError(error.code as OperatorErrorCode, error.message, error.hint, { cause });
}

export function notReachable(address: string, cause: unknown): OperatorError {
  const why = isError(cause) ? reasonOf(cause) : String(cause);
  return new OperatorError(
    'not-reachable',
    `no node answers at ${address} (${why})`,
    'start one with: mneme cluster start, or name another with --node ADDRESS',
    { cause },
  );
}

function reasonOf(error: Error & { code?: string }): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
      return 'unknown host';
    case 'ECONNRESET':
      return 'connection broken';
  }
  if (/timed?\s?out/i.test(error.message)) return 'no answer in time';
  return /closed/i.test(error.message) ? 'connection closed' : error.message;
}
