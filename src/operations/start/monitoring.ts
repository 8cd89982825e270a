import type { Passport } from '../../admin/client/client.js';
import { parseAddress } from '../../admin/protocol/address.js';
import type { DiskWatch } from '../../engines/embedded/watched-disk.js';
import type { Trust } from '../../links/trust.js';
import { DASHBOARD_FILES } from '../../node/dashboard-files.js';
import type { RunningNode } from '../../node/run.js';

/** A node's port for monitoring and people. */
export interface Monitoring {
  readonly address: string;
  /** Where a browser finds the dashboard. */
  readonly dashboard: string;
  readonly diskWatch: DiskWatch;
  /** The node has been started: from now on its figures are given. `passport`: what it shows to others. */
  serve(running: RunningNode, passport: Passport): void;
  close(): Promise<void>;
}

/** Opens the port before the node is there, so that a start fails at once where it cannot be had. */
export async function openMonitoring(address: string, trust: Trust): Promise<Monitoring> {
  const [{ openHttp }, { Metrics }, { dashboardHost }] = await Promise.all([
    import('../../fronts/http/http-front.js'),
    import('../../admin/server/metrics/metrics.js'),
    import('../dashboard/dashboard-host.js'),
  ]);
  const { host, port } = parseAddress(address);
  const front = await openHttp(host, port, trust, DASHBOARD_FILES);
  const metrics = new Metrics();
  let dashboard: ReturnType<typeof dashboardHost> | undefined;
  return {
    address: front.address,
    dashboard: `${trust.tls === null ? 'http' : 'https'}://${front.address}/dashboard/`,
    diskWatch: metrics.disk,
    serve({ node }, passport) {
      dashboard = dashboardHost(node, passport);
      front.serve(metrics.hostOf(node), dashboard);
    },
    async close() {
      dashboard?.stop();
      await front.close();
    },
  };
}
