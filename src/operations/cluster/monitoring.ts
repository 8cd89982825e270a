import { parseAddress } from '../../admin/protocol/address.js';
import type { DiskWatch } from '../../engines/embedded/watched-disk.js';
import type { RunningNode } from '../../node/run.js';

/** A node's port for monitoring. */
export interface Monitoring {
  readonly address: string;
  readonly diskWatch: DiskWatch;
  /** The node has been started: from now on its figures are given. */
  serve(running: RunningNode): void;
  close(): Promise<void>;
}

/** Opens the port before the node is there, so that a start fails at once where it cannot be had. */
export async function openMonitoring(address: string): Promise<Monitoring> {
  const [{ openHttp }, { Metrics }] = await Promise.all([
    import('../../fronts/http/http-front.js'),
    import('../../admin/server/metrics/metrics.js'),
  ]);
  const { host, port } = parseAddress(address);
  const front = await openHttp(host, port);
  const metrics = new Metrics();
  return {
    address: front.address,
    diskWatch: metrics.disk,
    serve: ({ node }) => front.serve(metrics.hostOf(node)),
    close: () => front.close(),
  };
}
