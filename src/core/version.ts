import { type Hlc, hlcFromMs, hlcToMs } from './hlc.js';

/** The id of a replica: 16 lower-case hex digits. Survives restarts. */
export type ReplicaId = string;

/**
 * The author of a numbered sequence of writes: `<replica id>.<boot in hex>` (R2). A boot takes 14 digits; below 2^32, as in
 * directories that were made when boots were counted, 8.
 */
export type Origin = string;

/** What orders two entries of one key: the HLC, then the origin. */
export interface Version {
  readonly hlc: Hlc;
  readonly origin: Origin;
}

export type Order = 'before' | 'equal' | 'after';

export function originOf(replica: ReplicaId, boot: number): Origin {
  return `${replica}.${boot.toString(16).padStart(boot > 0xffffffff ? 14 : 8, '0')}`;
}

/**
 * The boot of an instance that starts now: its place in the order of starts, by the clock, and 12 bits of chance. It is new by more
 * than what the directory remembers, so that one which was put back from an older copy, or cloned, starts a history of its own.
 * @param remembered the latest boot that the directory knows of; 0: none
 * @param random 0 <= x < 1
 */
export function nextBoot(remembered: number, wallMs: number, random: number): number {
  const placeMs = Math.max(hlcFromMs(wallMs) / CHANCES, Math.floor(remembered / CHANCES) + 1);
  return placeMs * CHANCES + Math.floor(random * CHANCES);
}

/** When an instance started (Unix time), as its boot says. */
export function startOf(boot: number): number {
  return hlcToMs(boot);
}

/** As many as an HLC has counters: a boot is laid out as one. */
const CHANCES = 4096;

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
