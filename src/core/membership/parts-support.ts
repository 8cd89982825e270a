import type { Context } from '../context.js';
import { harmless } from '../model/names.js';
import { type Hello, PARTS_SINCE } from '../replication/messages.js';

/** Why a node that says this takes no parts; null: it does. */
export function partsFaultOf({
  name,
  protocol,
  version,
  keepsWhole,
}: Pick<Hello, 'name' | 'protocol' | 'version' | 'keepsWhole'>): string | null {
  if (keepsWhole === true) return `${name} is attached to a Redis, to which keys travel whole`;
  if (protocol >= PARTS_SINCE) return null;
  return `${name} runs ${version === undefined ? 'an earlier mneme' : `mneme ${harmless(version).slice(0, 40)}`}, which does not know them`;
}

/** Why this node writes no parts now: some member would not take them. null: it does. */
export function partsFault({ records, peers, self }: Context): string | null {
  if (self.keepsWhole) return `${self.name} is attached to a Redis, to which keys travel whole`;
  for (const peer of peers.values()) {
    if (peer.hello.protocol < PARTS_SINCE && records.isActive(peer.replica)) return partsFaultOf(peer.hello);
  }
  const beside = records.active().find((member) => member.keepsWhole === true);
  return beside === undefined ? null : `${beside.name} is attached to a Redis, to which keys travel whole`;
}
