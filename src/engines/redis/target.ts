import { CLIENT_DATABASES } from '../../core/entry.js';
import { OperatorError } from '../../core/errors.js';

/** Which Redis a node is attached to, and which of its keys. */
export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Empty: the default user, or none. */
  readonly username: string;
  readonly password: string;
  /** The one database that is replicated. */
  readonly database: number;
  /** Keys that begin so are replicated; empty: all. */
  readonly prefix: Buffer;
  /** The address without a password, for people. */
  readonly label: string;
}

/**
 * @param url `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, `rediss://` for TLS
 * @param keys `PREFIX*`: a prefix is the only pattern that Redis can watch
 * @throws OperatorError `usage`
 */
export function parseTarget(url: string, keys?: string): RedisTarget {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isRedis = parsed?.protocol === 'redis:' || parsed?.protocol === 'rediss:';
  if (parsed === null || !isRedis || parsed.hostname === '') {
    throw usage(`"${withoutPassword(url)}" is no address of a Redis`, 'write redis://HOST:PORT, or rediss:// for TLS');
  }
  const path = parsed.pathname.replace(/^\//, '');
  const database = path === '' ? 0 : Number(path);
  if (!Number.isInteger(database) || database < 0 || database >= CLIENT_DATABASES) {
    throw usage(`"${path}" is no database`, `one of 0 to ${CLIENT_DATABASES - 1}: redis://HOST:PORT/0`);
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const port = parsed.port === '' ? 6379 : Number(parsed.port);
  const [username, password] = [parsed.username, parsed.password].map(decodeURIComponent) as [string, string];
  const tls = parsed.protocol === 'rediss:';
  const label = `${parsed.protocol}//${parsed.hostname}:${port}/${database}`;
  return { host, port, tls, username, password, database, prefix: prefixOf(keys), label };
}

// ---------------------------------------------------------------------------------------------------------------------

function prefixOf(keys: string | undefined): Buffer {
  if (keys === undefined || keys === '*') return Buffer.alloc(0);
  const prefix = keys.slice(0, -1);
  if (keys.endsWith('*') && !/[*?[\]\\]/.test(prefix)) return Buffer.from(prefix);
  throw usage(`"${keys}" is no prefix of keys`, "a prefix and a star, such as 'session:*'");
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}

function usage(message: string, hint: string): OperatorError {
  return new OperatorError('usage', message, hint);
}
