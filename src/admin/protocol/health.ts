/** MNEME HEALTH: what a node finds when it looks at its machine. It takes about a second. */
export interface HealthReply {
  /** Of the data directory; null: memory only, or the system does not say. */
  disk: {
    freeBytes: number;
    totalBytes: number;
    /** Milliseconds that writing a few bytes took until they were durable, each time; empty: it could not be tried. */
    syncsMs: number[];
    /** Why it could not. */
    problem: string | null;
  } | null;
  /** Its process' limit of open files, and how many are open; null: not known. */
  files: { limit: number | null; open: number | null };
  clients: { now: number; most: number };
  /** Milliseconds for which the event loop was late, within the second. */
  lateMs: { median: number; most: number };
  memory: { residentBytes: number; machineBytes: number; machineFreeBytes: number };
  machine: { cores: number; load: number };
  /** Absent: a node of a version that did not say. */
  trust?: {
    /** null: no TLS. */
    certificate: { path: string; endsMs: number } | null;
    /** The file of the cluster's secret, where others can read it by now. */
    openSecretFile: string | null;
    /** The same of the certificate's key. Absent: a node of a version that did not say. */
    openKeyFile?: string | null;
  };
}
