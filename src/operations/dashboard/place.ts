import { type Asked, withClient } from '../../admin/client/client.js';
import type { StatusReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { advice, quoteWord } from '../../hints/advice.js';
import { parseAddress } from '../../links/address.js';

/** Where a browser finds the dashboard of a node. */
export interface DashboardPlace {
  /** Of the node that serves it. */
  readonly node: string;
  readonly url: string;
  /** What a browser of another machine needs first; null: nothing. */
  readonly note: string | null;
}

/** @throws OperatorError `refused` where the node serves none */
export async function dashboardPlace(node: Asked): Promise<DashboardPlace> {
  return withClient(node, async (client) => {
    const { self } = await client.call('STATUS', {});
    const { name, dashboard = null } = self;
    if (dashboard === null)
      throw new OperatorError(
        'refused',
        `${name} serves no dashboard: it was started without --http`,
        startedAgain(self),
      );
    const asked = parseAddress(client.address).host;
    const url = new URL(dashboard);
    if (url.hostname === '0.0.0.0' || url.hostname === '[::]')
      url.hostname = asked.includes(':') ? `[${asked}]` : asked;
    return {
      node: name,
      url: url.href,
      note: isLoopback(url.hostname) && !isLoopback(asked) ? tunnel(url, asked) : null,
    };
  });
}

// ---

/** Its last start is told by its directory; a node without one cannot be started again as what it is. */
function startedAgain({ name, address, dir }: StatusReply['self']): string {
  if (dir === null)
    return advice(
      `mneme cluster join ${address} --http 127.0.0.1:9379`,
      `On another machine: a new member with a dashboard, which shows the whole cluster. ${name} is memory-only, and would come back as another.`,
    );
  return advice(
    `mneme cluster start --dir ${quoteWord(dir)} --http 127.0.0.1:9379`,
    `On its machine, once it is stopped (mneme cluster stop --node ${address}): it comes back as what it was.`,
  );
}

function tunnel({ hostname, port }: URL, asked: string): string {
  return `${hostname} is the node's own machine: type there, or lead it here with ssh -L ${port}:${hostname}:${port} ${asked}`;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\./.test(host);
}
