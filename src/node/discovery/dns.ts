import { formatAddress } from '../../links/address.js';
import type { Discovery } from './discovery.js';
import { type NameService, nameService } from './names.js';
import type { DiscoverySpec } from './spec.js';

/** Each address of a name is a node, all on one port: a headless service, or one name for all machines. */
export class DnsDiscovery implements Discovery {
  readonly text: string;

  constructor(
    private readonly spec: Extract<DiscoverySpec, { kind: 'dns' }>,
    private readonly open: (signal: AbortSignal) => NameService = nameService,
  ) {
    this.text = spec.text;
  }

  async find(signal: AbortSignal): Promise<string[]> {
    const { name, port } = this.spec;
    const hosts = await this.open(signal).addresses(name);
    return hosts.map((host) => formatAddress({ host, port }));
  }
}

/** Each SRV record of a name is a node, with a port of its own (RFC 2782). Priority and weight say nothing here: all are wanted. */
export class SrvDiscovery implements Discovery {
  readonly text: string;
  lacking: string | null = null;

  constructor(
    private readonly spec: Extract<DiscoverySpec, { kind: 'dns-srv' }>,
    private readonly open: (signal: AbortSignal) => NameService = nameService,
  ) {
    this.text = spec.text;
  }

  /** Of a target that has no address now the others are found all the same. */
  async find(signal: AbortSignal): Promise<string[]> {
    const names = this.open(signal);
    const records = await names.services(this.spec.name);
    const found = await Promise.allSettled(
      records.map(async ({ name, port }) => {
        const hosts = await names.addresses(`${name}.`);
        return hosts.map((host) => formatAddress({ host, port }));
      }),
    );
    const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    const failures = found.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
    if (addresses.length === 0 && failures[0] !== undefined) throw failures[0];
    this.lacking = failures.length === 0 ? null : failures.map(({ message }) => message).join('; ');
    return addresses;
  }
}
