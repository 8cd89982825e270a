import type { Trust } from '../../links/trust.js';
import type { DiscoverySpec } from './spec.js';

/** One way to find nodes. Who they are, and whether they are members of this cluster, they say themselves. */
export interface Discovery {
  /** As `--discover` names it. */
  readonly text: string;
  /**
   * The addresses, HOST:PORT, at which nodes may be now, this one perhaps among them.
   * Rejects with an Error whose message tells an operator why nothing could be found out, or when `signal` is aborted.
   */
  find(signal: AbortSignal): Promise<string[]>;
  /** Why some of what it names has no address, at the latest find; null: all have one. */
  readonly lacking?: string | null;
  /** Be found at this address by those who look in the same way, where nothing else tells them. Returns what ends it. */
  announce?(address: string): Promise<() => void>;
}

/** The code of each mechanism is loaded where it is used. */
export async function openDiscovery(spec: DiscoverySpec, trust: Trust): Promise<Discovery> {
  switch (spec.kind) {
    case 'static':
      return { text: spec.text, find: async () => [...spec.addresses] };
    case 'dns':
      return new (await import('./dns.js')).DnsDiscovery(spec);
    case 'dns-srv':
      return new (await import('./dns.js')).SrvDiscovery(spec);
    case 'multicast':
      return new (await import('./multicast.js')).MulticastDiscovery(spec, undefined, trust);
    case 'kubernetes':
      return new (await import('./kubernetes.js')).KubernetesDiscovery(spec);
  }
}
