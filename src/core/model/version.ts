import { type Hlc, hlcFromMs, hlcToMs } from './hlc.js';

/** The id of a replica: 16 lower-case hex digits. Survives restarts. */
export type ReplicaId = string;

/**
 * The author of a numbered sequence of writes: `<replica id>.<boot in hex>` (R2). A boot takes 14 digits; below 2^32, as in
 * directories that were made when boots were counted, 8.
 */
export type Origin = string;

/** What orders two writes: the HLC, then the origin. */
export interface Stamp {
  readonly hlc: Hlc;
  readonly origin: Origin;
}

/**
 * What orders two entries of one key: first the write of the value, then the touch, a change of the expiry alone (R13). No touch is below any.
 * So a touch lives on the very value that it was made on, and brings back nothing that was overridden.
 */
export interface Version extends Stamp {
  readonly touch?: Stamp;
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
  if (isAfter(a, b)) return 'after';
  return isAfter(b, a) ? 'before' : 'equal';
}

/** Whether `a` overrides `b`. */
export function isAfter(a: Version, b: Version): boolean {
  if (!isSameWrite(a, b)) return isLaterWrite(a, b);
  if (a.touch === undefined) return false;
  return b.touch === undefined || isLaterWrite(a.touch, b.touch);
}

/** Whether the two are states of one value: they may have been touched differently. */
export function isSameWrite(a: Stamp, b: Stamp): boolean {
  return a.hlc === b.hlc && a.origin === b.origin;
}

/** Whether the two are one state of one key, its touch included. */
export function isSameVersion(a: Version | undefined, b: Version | undefined): boolean {
  return a === undefined || b === undefined ? a === b : compareVersions(a, b) === 'equal';
}

/** The version alone, of what has more to it. */
export function versionOf({ hlc, origin, touch }: Version): Version {
  return touch === undefined ? { hlc, origin } : { hlc, origin, touch: { hlc: touch.hlc, origin: touch.origin } };
}

/** The version as a text: different ones never have the same. */
export function versionName({ hlc, origin, touch }: Version): string {
  return touch === undefined ? `${hlc}@${origin}` : `${hlc}@${origin}+${touch.hlc}@${touch.origin}`;
}

/** The time of the last write that made it what it is: of the value, or of the touch. */
export function lastHlcOf({ hlc, touch }: Version): Hlc {
  return touch === undefined || touch.hlc < hlc ? hlc : touch.hlc;
}

function isLaterWrite(a: Stamp, b: Stamp): boolean {
  return a.hlc !== b.hlc ? a.hlc > b.hlc : a.origin > b.origin;
}
