import type { Cut, Evidence, Incident, SetBack, Write } from './history.js';

/** By then both sides count each other as down, on a machine with other work too. */
const NOTICED_MS = 4000;
/** Of the clocks by which incidents are recorded. */
const SKEW_MS = 5000;
/** By then both sides have compared what they have. */
const COMPARED_MS = 15_000;

/**
 * Cuts on both sides of which clients were told that their writes stand, and of which no record tells. A side that came back with an
 * older directory may have lost its writes.
 */
export function unnoticed({ cuts, operations, incidents, setBacks }: Evidence): Cut[] {
  const writes = operations.filter(
    (one): one is Write => one.kind !== 'get' && one.outcome === 'done' && one.hadEffect,
  );
  return cuts.filter((cut) => {
    const others = cut.others.filter((other) => wrote(other, cut, writes));
    const isSplit = wrote(cut.node, cut, writes) && others.length > 0;
    const isSetBack = setBacks.some((one) => isForgotten(one, cut));
    return isSplit && !isSetBack && !incidents.some((incident) => tellsOf(incident, cut, others));
  });
}

// ---------------------------------------------------------------------------------------------------------------------

/** Whether a side may have lost what it wrote: one that keeps nothing before it was compared, the directory of another at any time. */
function isForgotten({ node, putBackMs, isMemory }: SetBack, cut: Cut): boolean {
  if (putBackMs < cut.fromMs) return false;
  const isOfCut = node === cut.node || cut.others.includes(node);
  return isMemory === undefined || (isOfCut && putBackMs <= cut.untilMs + COMPARED_MS);
}

function wrote(node: string, { fromMs, untilMs }: Cut, writes: readonly Write[]): boolean {
  return writes.some((one) => one.node === node && one.startMs >= fromMs + NOTICED_MS && one.endMs <= untilMs);
}

function tellsOf({ islands, separatedMs, resolvedMs }: Incident, cut: Cut, others: readonly string[]): boolean {
  if (separatedMs > cut.untilMs + SKEW_MS || resolvedMs < cut.fromMs) return false;
  return islands.some((members) => members.includes(cut.node) && !others.every((other) => members.includes(other)));
}
