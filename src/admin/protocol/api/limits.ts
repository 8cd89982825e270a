/** A limit of what clients may make a node hold or do. */
export interface LimitView {
  /** As `--limit NAME=VALUE` takes it. */
  name: string;
  unit: 'count' | 'bytes' | 'time';
  words: string;
  /** Times in milliseconds; null: there is none. */
  value: number | null;
  /** null: it is of each request or client by itself. */
  inUse: number | null;
  /** How often it was met since the node's start. */
  met: number;
}

/** MNEME LIMITS */
export interface LimitsReply {
  name: string;
  replica: string;
  limits: LimitView[];
  /** Of the process; null: the system does not tell. */
  openFiles: { limit: number | null; inUse: number | null };
}
