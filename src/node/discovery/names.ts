import type { SrvRecord } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';

/** Servers to ask in the place of those that the system asks: HOST[:PORT], with commas between them. */
export const DNS_SERVERS_VARIABLE = 'MNEME_DNS_SERVERS';
const RESOLV_CONF = '/etc/resolv.conf';
const ATTEMPT_MS = 1500;
const ATTEMPTS = 2;

export interface NameService {
  /** IPv4 and IPv6 addresses. Rejects with an Error for an operator if there are none. */
  addresses(name: string): Promise<string[]>;
  services(name: string): Promise<SrvRecord[]>;
}

/** Asks DNS servers, and no file or cache: what they say may change at any time. Names are completed as the system does it. */
export function nameService(signal: AbortSignal, servers = process.env[DNS_SERVERS_VARIABLE]): NameService {
  const resolver = new Resolver({ timeout: ATTEMPT_MS, tries: ATTEMPTS });
  if (servers !== undefined && servers !== '') resolver.setServers(servers.split(','));
  signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  const search = searchOf(RESOLV_CONF);
  return {
    addresses: (name) => firstAnswer(name, search, (full) => bothFamilies(resolver, full)),
    services: (name) => firstAnswer(name, search, (full) => resolver.resolveSrv(full)),
  };
}

export interface Search {
  readonly domains: readonly string[];
  /** A name with fewer dots is tried with the domains first. */
  readonly ndots: number;
}

/** What resolv.conf(5) says of names that are not complete. */
export function readSearch(text: string): Search {
  let domains: string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [word, ...values] = line.trim().split(/\s+/);
    if (word === 'search' || word === 'domain') domains = values.map((one) => one.replace(/\.$/, ''));
    const option = word === 'options' ? values.find((one) => one.startsWith('ndots:')) : undefined;
    if (option !== undefined) ndots = Math.min(15, Number(option.slice('ndots:'.length)) || 0);
  }
  return { domains: domains.filter((one) => one !== ''), ndots };
}

/** The names to ask for, in this order. */
export function fullNames(name: string, { domains, ndots }: Search): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const completed = domains.map((domain) => `${name}.${domain}`);
  return name.split('.').length > ndots ? [name, ...completed] : [...completed, name];
}

// ---------------------------------------------------------------------------------------------------------------------

function searchOf(path: string): Search {
  try {
    return readSearch(readFileSync(path, 'utf8'));
  } catch {
    // A system without that file completes no names.
    return { domains: [], ndots: 1 };
  }
}

async function firstAnswer<T>(name: string, search: Search, ask: (full: string) => Promise<T[]>): Promise<T[]> {
  for (const full of fullNames(name, search)) {
    try {
      const found = await ask(full);
      if (found.length > 0) return found;
    } catch (error) {
      if (!isUnknown(error)) throw new Error(`DNS does not tell ${full}: ${reasonOf(error)}`, { cause: error });
    }
  }
  throw new Error(`DNS knows nothing of ${name} now (NXDOMAIN, or no such records)`);
}

/** One family may be missing: then the other one's addresses are all there are. */
async function bothFamilies(resolver: Resolver, name: string): Promise<string[]> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
  const found = [four, six].flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const failures = [four, six].flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const failure = failures.find((one) => !isUnknown(one)) ?? failures[0];
  if (found.length === 0 && failure !== undefined) throw failure;
  return found;
}

function isUnknown(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTFOUND' || code === 'ENODATA';
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const texts: Record<string, string> = {
    ETIMEOUT: 'no server answers in time',
    ECONNREFUSED: 'the server refuses the connection',
    ESERVFAIL: 'the server has failed (SERVFAIL)',
    EREFUSED: 'the server refuses the question (REFUSED)',
    ECANCELLED: 'no server answers in time',
  };
  return texts[code ?? ''] ?? message;
}
