import type { Codec } from '../fronts/library/codec.js';
import type { StartOptions } from '../node/start-options.js';

/**
 * How a node is opened. Each option without a text here is a flag of `mneme cluster start` in camel case, with its meaning, bounds and
 * default; a time is a number of milliseconds, and its name says so (`failureTimeoutMs: 1000` is `--failure-timeout 1s`). What a data
 * directory remembers of its last start holds as for the command.
 */
export interface OpenNodeOptions<V = string> extends Omit<StartOptions, 'listen' | 'maxMemory' | 'peers'> {
  /** Unique in the cluster. Default: the host's name. */
  readonly name?: string;
  /** The data directory; it is made where there is none. Either this or `memoryOnly: true` has to be given. */
  readonly dir?: string;
  /** Keep nothing on disk: after a stop the node comes back empty, as a new member. */
  readonly memoryOnly?: boolean;
  /**
   * Where the node's port listens, for the other nodes and the `mneme` command: "host:port", with port 0 for a free one. Default:
   * 127.0.0.1:7379. `false`: there is no port, and the node stays alone in its cluster.
   */
  readonly listen?: string | false;
  /** Let Redis clients use the data at that port too. Default: false; they get an error that says so. */
  readonly clients?: boolean;
  /**
   * Members of the cluster to join. Give them at every start: a node without data joins through them, one with data comes back as what
   * it was, and finds the others through them if all have moved. An empty list is as none.
   */
  readonly join?: readonly string[];
  /** "host:port" of members, for a node with data; as `join`. */
  readonly peers?: readonly string[];
  /** Memory that the entries may take: bytes, or a text such as "512mb". Default: no limit. */
  readonly maxMemory?: number | string;
  /** What values are. Default: strings, see `text`. */
  readonly codec?: Codec<V>;
  /** Told each line of the node's log. Default: nobody is. */
  readonly log?: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Ends the opening: the node is closed, and `openNode` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}
