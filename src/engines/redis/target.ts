import { CLIENT_DATABASES } from '../../core/model/entry.js';
import { OperatorError } from '../../core/model/errors.js';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

export type Capture = 'tracking' | 'replica';

/** Which Redis a node is attached to, and which of its keys. */
export interface RedisTarget extends RedisAddress {
  /** single: the server at this address. cluster, sentinel: the master or masters that the seeds name. */
  readonly kind: 'single' | 'cluster' | 'sentinel';
  /** Of the server, where it is reached by a unix socket; else empty. */
  readonly socketPath: string;
  /** Where to ask first: members of the Redis Cluster, or Sentinels. */
  readonly seeds: readonly RedisAddress[];
  /** Where a server is reached from here that a Redis Cluster or a Sentinel names by an address of another network. */
  readonly nat: ReadonlyMap<string, RedisAddress>;
  /** The name under which the Sentinels know the master; else empty. */
  readonly masterName: string;
  readonly tls: boolean;
  /** Empty: the default user, or none. */
  readonly username: string;
  readonly password: string;
  /** How changes of keys are heard of: by client tracking, or by the stream that replicas get. */
  readonly capture: Capture;
  /** The one database that is replicated. */
  readonly database: number;
  /** Keys that begin so are replicated; empty: all. */
  readonly prefix: Buffer;
  /** The address without a password, for people. */
  readonly label: string;
}

/**
 * @param url `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, `redis+unix://[USER:PASSWORD@]/PATH/OF/SOCKET[?db=DATABASE]`,
 *   `redis+cluster://[…@]HOST[:PORT],…`, `redis+sentinel://[…@]HOST[:PORT],…/NAME[/DATABASE]`; `rediss` instead of `redis` for TLS; for the last two
 *   `?nat=NAMED:PORT=REACHED:PORT,…`, for the others `?capture=replica`
 * @param keys `PREFIX*`: a prefix is the only pattern that Redis can watch
 * @throws OperatorError `usage`
 */
export function parseTarget(url: string, keys?: string): RedisTarget {
  if (url.startsWith(UNIX)) return unixTarget(url, keys);
  const [, scheme, suffix = '', userinfo = '', hosts, path = '', query = ''] = URL_FORM.exec(url) ?? [];
  if (scheme === undefined || hosts === undefined) throw noAddress(url);
  const { nat = '', capture } = optionsOf(url, query, ['nat', 'capture']);
  const kind = suffix === '' ? 'single' : suffix === '+cluster' ? 'cluster' : 'sentinel';
  const seeds = hosts.split(',').map((host) => addressOf(url, host, kind === 'sentinel' ? 26379 : 6379));
  if ((seeds.length > 1 || nat !== '') && kind === 'single') throw noAddress(url);
  const parts = path.split('/').filter((part) => part !== '');
  const masterName = kind === 'sentinel' ? decodeURIComponent(parts.shift() ?? '') : '';
  if (capture !== undefined && kind !== 'single')
    throw usage(`"${withoutPassword(url)}" does not take ?capture`, NO_REPLICA_CAPTURE);
  if (kind === 'sentinel' && masterName === '') {
    throw usage(`"${withoutPassword(url)}" names no master`, 'write redis+sentinel://HOST:PORT,…/NAME');
  }
  const database = databaseOf(parts);
  if (kind === 'cluster' && database !== 0)
    throw usage('a Redis Cluster has database 0 alone', 'leave the database out');
  const { username, password } = credentialsOf(userinfo);
  const names = seeds.map((seed) => formatted(seed)).join(',');
  const place = kind === 'cluster' ? '' : kind === 'sentinel' ? `/${masterName}/${database}` : `/${database}`;
  const label = `${scheme}${suffix}://${names}${place}`;
  const tls = scheme === 'rediss';
  const rest = { kind, seeds, masterName, tls, username, password, database, label } as const;
  const how = captureOf(capture);
  return { ...seeds[0]!, ...rest, capture: how, socketPath: '', nat: natOf(url, nat), prefix: prefixOf(keys) };
}

/** Where a server is reached that is named so by a member of its Redis Cluster, or by a Sentinel. */
export function reachedAt({ nat }: RedisTarget, named: RedisAddress): RedisAddress {
  return nat.get(formatted(named)) ?? named;
}

export function formatted({ host, port }: RedisAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

// ---------------------------------------------------------------------------------------------------------------------

/** Scheme, suffix, user and password, hosts, path, options. */
const URL_FORM = /^(rediss?)(\+cluster|\+sentinel)?:\/\/([^@/]*@)?([^@/?#]+)(\/[^?#]*)?(?:\?([^#]+))?$/;

const UNIX = 'redis+unix://';
/** User and password, path, options. */
const UNIX_FORM = /^redis\+unix:\/\/([^@/]*@)?(\/[^?#]+)(?:\?([^#]+))?$/;

const NO_REPLICA_CAPTURE =
  'leave ?capture=replica out: it is for one server, redis:// or redis+unix://; Sentinels would list the node as a replica that is down';

function unixTarget(url: string, keys: string | undefined): RedisTarget {
  const [, userinfo = '', path, query = ''] = UNIX_FORM.exec(url) ?? [];
  if (path === undefined)
    throw usage(`"${withoutPassword(url)}" names no socket`, 'write redis+unix:///PATH/OF/SOCKET?db=0');
  const { db: databaseText = '0', capture } = optionsOf(url, query, ['db', 'capture']);
  const database = databaseOf([databaseText]);
  const address = { host: 'localhost', port: 0 };
  return {
    ...address,
    ...credentialsOf(userinfo),
    kind: 'single',
    socketPath: decodeURIComponent(path),
    seeds: [address],
    nat: new Map(),
    masterName: '',
    tls: false,
    capture: captureOf(capture),
    database,
    prefix: prefixOf(keys),
    label: `${UNIX}${path}?db=${database}`,
  };
}

function optionsOf(url: string, query: string, known: readonly string[]): Partial<Record<string, string>> {
  const options: Partial<Record<string, string>> = {};
  for (const option of query.split('&').filter((text) => text !== '')) {
    const [name = '', value = ''] = option.split(/=(.*)/s);
    if (!known.includes(name)) {
      const names = known.map((one) => `?${one}=`).join(', ');
      throw usage(`"${withoutPassword(url)}" has an option "${name}" that is not known`, `those there are: ${names}`);
    }
    options[name] = value;
  }
  return options;
}

function captureOf(text = 'tracking'): Capture {
  if (text === 'tracking' || text === 'replica') return text;
  throw usage(`"${text}" is no way to capture changes`, 'write ?capture=replica, or leave it out for client tracking');
}

function credentialsOf(userinfo: string): { username: string; password: string } {
  const [username = '', password = ''] = userinfo.replace(/@$/, '').split(/:(.*)/s).map(decodeURIComponent);
  return { username, password };
}

function addressOf(url: string, text: string, defaultPort: number): RedisAddress {
  const parsed = URL.canParse(`redis://${text}`) ? new URL(`redis://${text}`) : null;
  if (parsed === null || parsed.hostname === '') throw noAddress(url);
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? defaultPort : Number(parsed.port),
  };
}

function natOf(url: string, text: string): ReadonlyMap<string, RedisAddress> {
  const pairs = text.split(',').filter((pair) => pair !== '');
  return new Map(
    pairs.map((pair) => {
      const [named = '', reached = '', ...rest] = pair.split('=');
      if (rest.length > 0) throw noAddress(url);
      return [formatted(addressOf(url, named, 6379)), addressOf(url, reached, 6379)];
    }),
  );
}

function databaseOf([text = '0', ...rest]: readonly string[]): number {
  const database = Number(text);
  if (Number.isInteger(database) && database >= 0 && database < CLIENT_DATABASES && rest.length === 0) return database;
  throw usage(
    `"${[text, ...rest].join('/')}" is no database`,
    `one of 0 to ${CLIENT_DATABASES - 1}: redis://HOST:PORT/0`,
  );
}

function noAddress(url: string): OperatorError {
  const hint =
    'write redis://HOST:PORT, redis+unix:///PATH, redis+cluster://HOST:PORT,… or redis+sentinel://HOST:PORT,…/NAME; rediss for TLS';
  return usage(`"${withoutPassword(url)}" is no address of a Redis`, hint);
}

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
