import type { Context } from '../context.js';
import { harmless } from '../model/names.js';
import { type Hello, PARTS_BESIDE_REDIS_SINCE, PARTS_SINCE } from '../replication/messages.js';

/**
 * What a node beside a Redis says of itself. Whoever does not know the second takes it for one to which all keys travel whole, and writes no
 * parts.
 */
export const BESIDE_REDIS = { keepsWhole: true, takesParts: true } as const;

/** Why a node that says this takes no parts; null: it does. */
export function partsFaultOf({
  name,
  protocol,
  version,
  keepsWhole,
  takesParts,
}: Pick<Hello, 'name' | 'protocol' | 'version' | 'keepsWhole' | 'takesParts'>): string | null {
  if (keepsWhole === true && takesParts !== true) return keepsAllWhole(name);
  return protocol >= PARTS_SINCE ? null : isTooOld({ name, version });
}

/** Why this node writes no parts now: some member would not take them, or would hide them from a Redis. null: it does. */
export function partsFault({ records, peers, self }: Context): string | null {
  let since = self.keepsWhole ? PARTS_BESIDE_REDIS_SINCE : PARTS_SINCE;
  for (const { name, keepsWhole, takesParts } of records.active()) {
    if (keepsWhole !== true) continue;
    if (takesParts !== true) return keepsAllWhole(name);
    since = PARTS_BESIDE_REDIS_SINCE;
  }
  for (const { hello, replica } of peers.values())
    if (hello.protocol < since && records.isActive(replica)) return isTooOld(hello);
  return null;
}

/** Whether numbers are counted in parts: a Redis holds the sum alone, and does not say what was added. */
export function countsInParts(context: Context): boolean {
  const { records, self } = context;
  const isBesideRedis = self.keepsWhole || records.active().some(({ keepsWhole }) => keepsWhole === true);
  return !isBesideRedis && partsFault(context) === null;
}

function keepsAllWhole(name: string): string {
  return `${name} is attached to a Redis, to which keys travel whole`;
}

function isTooOld({ name, version }: Pick<Hello, 'name' | 'version'>): string {
  return `${name} runs ${version === undefined ? 'an earlier mneme' : `mneme ${harmless(version).slice(0, 40)}`}, which does not know them`;
}
