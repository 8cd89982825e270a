import type { Hlc } from './hlc.js';

/** The id of a replica: 16 lower-case hex digits. Survives restarts. */
export type ReplicaId = string;

/**
 * The author of a numbered sequence of writes: `<replica id>.<boot as 8 hex digits>` (R2).
 * The fixed form makes the order of strings the order of origins.
 */
export type Origin = string;

/** What orders two entries of one key: the HLC, then the origin. */
export interface Version {
  readonly hlc: Hlc;
  readonly origin: Origin;
}

export type Order = 'before' | 'equal' | 'after';

export function originOf(replica: ReplicaId, boot: number): Origin {
  return `${replica}.${boot.toString(16).padStart(8, '0')}`;
}

export function replicaOf(origin: Origin): ReplicaId {
  return origin.slice(0, 16);
}

export function bootOf(origin: Origin): number {
  return Number.parseInt(origin.slice(17), 16);
}

/** The place of `a` relative to `b` in the total order of versions. Different writes of one key are never equal. */
export function compareVersions(a: Version, b: Version): Order {
  if (a.hlc !== b.hlc) return a.hlc < b.hlc ? 'before' : 'after';
  if (a.origin !== b.origin) return a.origin < b.origin ? 'before' : 'after';
  return 'equal';
}

/** Whether `a` overrides `b`. */
export function isAfter(a: Version, b: Version): boolean {
  return a.hlc !== b.hlc ? a.hlc > b.hlc : a.origin > b.origin;
}
