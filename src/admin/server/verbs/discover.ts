import { OperatorError } from '../../../core/model/errors.js';
import type { Node } from '../../../node/node.js';
import type { DiscoverReply } from '../../protocol/api.js';
import { placeView } from '../../protocol/place-view.js';

export async function discover(node: Node): Promise<DiscoverReply> {
  const { finder, core } = node;
  const { self, records, peers } = core.status;
  if (finder === null) throw new OperatorError('refused', `${self.name} was not told how to find others`, HOW);
  await finder.refresh();
  const members = records.active().filter(({ replica }) => replica !== self.replica);
  const missed = members.filter((member) => !finder.isFound(member));
  return {
    ...{ name: self.name, replica: self.replica, address: self.address, clusterId: self.clusterId },
    mechanisms: finder.findings().map(({ text, addresses, failure }) => {
      return { text, found: addresses?.length ?? null, failure };
    }),
    places: finder.places().map((place) => placeView(place, self)),
    missed: missed.map(({ name, address, replica }) => ({ name, replica, address, linked: peers.has(replica) })),
  };
}

const HOW = 'Start it again with --discover SPEC. What that finds is shown by mneme cluster discover SPEC.';
