import { withClient } from '../../admin/client/client.js';
import { trustInUse } from '../../admin/client/dial.js';
import type { DiscoverReply, PlaceView } from '../../admin/protocol/api.js';
import { placeView } from '../../admin/protocol/place-view.js';
import { OperatorError } from '../../core/model/errors.js';
import { NO_TRUST } from '../../links/trust.js';
import { openDiscovery } from '../../node/discovery/discovery.js';
import { Lookout } from '../../node/discovery/lookout.js';
import { parseDiscovery } from '../../node/discovery/spec.js';

/** What is found, and by whom. */
export interface Discovered extends Omit<DiscoverReply, 'name' | 'replica' | 'address'> {
  /** The node that looked; null: this command did, from where it runs. */
  name: string | null;
  replica: string | null;
  address: string | null;
  /** All that was found answers and is a member, nobody is missing, and no mechanism fails. */
  complete: boolean;
}

/** What a node finds by the mechanisms that it was started with. */
export async function discoverFrom(address: string): Promise<Discovered> {
  return judged(await withClient(address, (client) => client.call('DISCOVER', {})));
}

/**
 * What these mechanisms find from here, compared with the cluster of a node, if that answers.
 * @throws OperatorError `usage` for what is no mechanism
 */
export async function discoverHere(specs: readonly string[], address: string): Promise<Discovered> {
  const trust = trustInUse() ?? NO_TRUST;
  const discoveries = await Promise.all(specs.map((spec) => openDiscovery(parseDiscovery(spec), trust)));
  const lookout = new Lookout(discoveries, {
    trust,
    ...{ from: () => null, answered: () => {}, hints: () => [], pace: () => 'calm' },
  });
  const [status] = await Promise.all([statusOf(address), lookout.refresh()]);
  lookout.stop();
  const clusterId = status === null || status.clusterId === '' ? null : status.clusterId;
  const places = lookout.places().map((place) => placeView(place, { replica: null, clusterId }));
  const isFound = (member: { replica: string; address: string }) =>
    places.some((one) => one.replica === member.replica || one.address === member.address);
  const missed = (status?.members ?? []).filter((member) => !isFound(member));
  return judged({
    ...{ name: null, replica: null, address: null, clusterId, places },
    mechanisms: lookout.findings().map(({ text, addresses, failure }) => {
      return { text, found: addresses?.length ?? null, failure };
    }),
    missed: missed.map(({ name, replica, address: at, link }) => ({
      name,
      replica,
      address: at,
      linked: link !== 'down' && link !== 'connecting',
    })),
  });
}

// ---

function judged(found: Omit<Discovered, 'complete'>): Discovered {
  const isFine = found.places.every(({ is }) => is === 'self' || is === 'member');
  const isWhole = found.missed.length === 0 && found.places.length > 0;
  // Those that do not answer come last.
  const places = [...found.places].sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
  return { ...found, places, complete: isFine && isWhole && found.mechanisms.every(({ failure }) => failure === null) };
}

function orderOf({ name, address }: PlaceView): string {
  return `${name === null ? 1 : 0} ${name ?? ''} ${address}`;
}

async function statusOf(address: string) {
  try {
    return await withClient(address, (client) => client.call('STATUS', {}), {
      connectTimeoutMs: 1000,
      replyTimeoutMs: 2000,
    });
  } catch (error) {
    if (error instanceof OperatorError) return null;
    throw error;
  }
}
