import { readdirSync, readFileSync } from 'node:fs';

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

/** How many clients the process can take without lacking descriptors for itself, up to as many as the operator wants. */
export function placesFor(limit: number | null, wanted: number = CLIENTS_USUAL): Places {
  if (limit === null) return { clients: wanted, limit };
  const kept = Math.min(KEPT, Math.ceil(limit / 2));
  return { clients: Math.max(1, Math.min(wanted, limit - kept)), limit };
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

/** How many files and sockets the process has open; null: the system does not tell. */
export function openDescriptors(): number | null {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return null;
  }
}

/** Slow, but there on all systems. */
function limitFromReport(): number | null {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: unknown } } };
  const limit = userLimits?.open_files?.soft;
  return typeof limit === 'number' ? limit : null;
}
