import { readFileSync } from 'node:fs';

/** As many clients as Redis takes, where the limit of open files allows that. */
export const CLIENTS_USUAL = 10_000;
/** Kept for the node itself: its files, a compaction, the links to its peers, a Redis beside it, and whoever has to mend it. */
const KEPT = 160;

export interface Places {
  /** Clients at a time. */
  readonly clients: number;
  /** The process' limit of open files; null: not known. */
  readonly limit: number | null;
}

/** How many clients the process can take without lacking descriptors for itself. */
export function placesFor(limit: number | null): Places {
  if (limit === null) return { clients: CLIENTS_USUAL, limit };
  const kept = Math.min(KEPT, Math.ceil(limit / 2));
  return { clients: Math.max(1, Math.min(CLIENTS_USUAL, limit - kept)), limit };
}

export function fewPlaces({ clients, limit }: Places): string {
  return `takes ${clients} clients at most, since the limit of open files is ${limit}`;
}

/** The limit that holds for this process. Node.js has raised the soft one to the hard one by now. */
export function descriptorLimit(): number | null {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
    return match === null ? null : Number(match[1]);
  } catch {
    return limitFromReport();
  }
}

/** Slow, but there on all systems. */
function limitFromReport(): number | null {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: unknown } } };
  const limit = userLimits?.open_files?.soft;
  return typeof limit === 'number' ? limit : null;
}
