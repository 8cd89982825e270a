import type { Place } from '../../node/discovery/lookout.js';
import type { PlaceView } from './api.js';

/** @param self who asks, and of which cluster: null where a command asks that belongs to none. */
export function placeView(place: Place, self: { replica: string | null; clusterId: string | null }): PlaceView {
  const { address, from, presence, failure } = place;
  const base = { address, from: [...from], failure };
  if (presence === null) return { ...base, is: null, name: null, replica: null, clusterId: null, expects: null };
  const { name, replica, clusterId, expects } = presence;
  return { ...base, is: kindOf(presence, self), name, replica, clusterId, expects };
}

function kindOf(
  { replica, clusterId }: NonNullable<Place['presence']>,
  self: { replica: string | null; clusterId: string | null },
): PlaceView['is'] {
  if (replica === self.replica) return 'self';
  if (clusterId === null) return 'waiting';
  return self.clusterId === null || clusterId === self.clusterId ? 'member' : 'stranger';
}
