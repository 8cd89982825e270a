import { encode, type Protocol, type Reply, RequestParser } from './resp.js';

/** Who is behind a connection. */
export type Party = 'application' | 'node';

/** What carries the bytes of a client that is not of the same process. */
export interface Carrier {
  /** There is something to be taken. */
  offer(): void;
  /** The server ends the connection. */
  closed(): void;
}

/** Which changes are told, and to whom. */
export interface Tracking {
  readonly prefixes: readonly string[];
  /** Not its own. */
  readonly isNoLoop: boolean;
  /** The id of the client that is told; null: itself. */
  readonly redirect: number | null;
}

/** One connection, as the server has it. */
export class ServerClient {
  database = 0;
  protocol: Protocol = 2;
  tracking: Tracking | null = null;
  readonly channels = new Set<string>();
  isReplica = false;
  /** Commands between MULTI and EXEC. */
  queued: Buffer[][] | null = null;
  /** EXEC is to fail: a command was refused when it was queued. */
  isAborted = false;
  /** By database and key; whether it was expired, and still there, when WATCH came. */
  readonly watched = new Map<string, boolean>();
  /** A watched key was changed. */
  isTouched = false;
  isClosing = false;
  /** Commands that wait until what it waits for has ended; null: it waits for nothing. */
  backlog: Buffer[][] | null = null;
  readonly parser = new RequestParser();
  private output: Buffer[] = [];
  outputBytes = 0;

  constructor(
    readonly id: number,
    readonly party: Party,
    private readonly carrier: Carrier | null,
  ) {}

  get isOfPubSub(): boolean {
    return this.channels.size > 0;
  }

  say(reply: Reply): void {
    if (this.carrier === null || this.isClosing) return;
    this.sayBytes(encode(reply, this.protocol));
  }

  sayBytes(bytes: Buffer): void {
    if (this.carrier === null || this.isClosing) return;
    this.output.push(bytes);
    this.outputBytes += bytes.length;
  }

  offer(): void {
    if (this.outputBytes > 0) this.carrier?.offer();
  }

  /** The first so many bytes of what it is owed. */
  take(bytesMax: number): Buffer {
    const all = Buffer.concat(this.output);
    const taken = all.subarray(0, bytesMax);
    const rest = all.subarray(taken.length);
    this.output = rest.length === 0 ? [] : [rest];
    this.outputBytes = rest.length;
    return taken;
  }

  close(): void {
    if (this.isClosing) return;
    this.isClosing = true;
    this.output = [];
    this.outputBytes = 0;
    this.carrier?.closed();
  }
}
