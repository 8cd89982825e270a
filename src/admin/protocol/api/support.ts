/** MNEME SUPPORT: what a maintainer asks of a node beside its status. No entries, no passwords. */
export interface SupportReply {
  name: string;
  version: string;
  /** The options of its start, but for what may be a secret. */
  options: Record<string, string | number | boolean | null>;
  process: {
    pid: number;
    uptimeMs: number;
    nodeVersion: string;
    /** Options of Node.js itself. */
    nodeOptions: string[];
    memory: Record<string, number>;
    resources: Record<string, number>;
  };
  machine: {
    platform: string;
    arch: string;
    release: string;
    cores: number;
    processor: string | null;
    load: number[];
    memoryBytes: number;
    memoryFreeBytes: number;
    uptimeMs: number;
  };
  /** The limits of its process, as the system shows them; null: it does not. */
  limits: string | null;
  /** Files of the data directory; null: memory only. */
  files: { name: string; bytes: number; changedMs: number }[] | null;
  /** As at /metrics. */
  figures: { name: string; labels: Record<string, string>; value: number }[];
}
