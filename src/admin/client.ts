import type { Redis } from 'ioredis';
import { OperatorError, type OperatorErrorCode } from '../core/errors.js';
import { formatAddress, parseAddress } from './address.js';
import type { AdminApi, AdminErrorJson, AdminVerb } from './api.js';
import { isError } from './error-text.js';

export interface ClientOptions {
  /** How long a connection may take to come up. Short: an operator asks again rather than waits. */
  connectTimeoutMs?: number;
  /** How long one answer may take; 0 (the default): as long as it needs, since a resolution may take minutes. */
  replyTimeoutMs?: number;
}

/**
 * One connection to one node, for admin calls and data commands. It never reconnects by itself: what an operator reads must
 * come from the node that was asked, now, or be an error.
 */
export class AdminClient {
  private constructor(
    readonly address: string,
    /** For data commands. Their errors are not mapped: see {@link mapReplyError}. */
    readonly redis: Redis,
  ) {}

  /** @throws OperatorError `not-reachable`, naming the address. */
  static async connect(address: string, options: ClientOptions = {}): Promise<AdminClient> {
    const { host, port } = parseAddress(address);
    const name = formatAddress({ host, port });
    const { Redis } = await import('ioredis');
    const redis = new Redis({
      host,
      port,
      protocol: 2,
      lazyConnect: true,
      connectTimeout: options.connectTimeoutMs ?? 2000,
      // A connection that the node has closed already would else keep the process alive for two seconds.
      disconnectTimeout: 100,
      ...(options.replyTimeoutMs ? { commandTimeout: options.replyTimeoutMs } : {}),
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      disableClientInfo: true,
    });
    let cause: Error | undefined;
    redis.on('error', (error: Error) => {
      cause ??= error;
    });
    try {
      await redis.connect();
    } catch (error) {
      redis.disconnect();
      throw notReachable(name, cause ?? error);
    }
    return new AdminClient(name, redis);
  }

  /** @throws OperatorError as the node answered it, or `not-reachable` when the connection breaks or the answer is late. */
  async call<V extends AdminVerb>(verb: V, request: AdminApi[V]['request']): Promise<AdminApi[V]['reply']> {
    let text: unknown;
    try {
      text = await this.redis.call('MNEME', verb, JSON.stringify(request));
    } catch (error) {
      throw mapReplyError(this.address, error);
    }
    return JSON.parse(String(text)) as AdminApi[V]['reply'];
  }

  close(): void {
    this.redis.disconnect();
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

/** What an operator should read for an error of ioredis: a reply of the node, or a broken connection. */
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

function notReachable(address: string, cause: unknown): OperatorError {
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
