import type { Bounds } from './bounds.js';
import type { Evidence, Incident, Write } from './history.js';

/** So much later than the record says may the other side have noticed a separation, by clocks that are stepped. */
const NOTICED_MS = 6000;
const SKEW_MS = 4000;
/** A write without a reply may be executed so much later. */
const LATE_MS = 30_000;

/**
 * What islands wrote last to a key while they were apart: one of that stands, and all else was set aside. Returns the writes of which
 * too many were not; where all are deletes, nothing is overridden. Where it is not certain what an island had in the end, nothing is said.
 */
export function unrecorded(writes: readonly Write[], bounds: Bounds, { incidents }: Evidence): Write[][] {
  return incidents
    .filter(({ strategy }) => strategy !== null)
    .map((incident) => lastOfEach(writes, incident).filter((write) => !bounds.isExcused(write)))
    .map((lasts) => lasts.filter((write) => !bounds.isAside(write)))
    .filter((lasts) => lasts.length > 1 && lasts.some(({ kind }) => kind !== 'del'));
}

// ---------------------------------------------------------------------------------------------------------------------

function lastOfEach(writes: readonly Write[], incident: Incident): Write[] {
  const fromMs = incident.separatedMs + NOTICED_MS;
  const untilMs = incident.detectedMs - SKEW_MS;
  const overMs = incident.resolvedMs + SKEW_MS;
  return incident.islands.flatMap((members) => {
    const own = writes.filter((one) => members.includes(one.node) && one.hadEffect && one.startMs <= overMs);
    const last = own.reduce<Write | null>((a, b) => (a === null || a.startMs < b.startMs ? b : a), null);
    const isCertain = own.every((one) => one.outcome === 'done' || one.startMs < incident.separatedMs - LATE_MS);
    const isApart = last !== null && last.startMs >= fromMs && last.endMs <= untilMs;
    return isApart && isCertain && last.kind !== 'setex' ? [last] : [];
  });
}
