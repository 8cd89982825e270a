import { type Bytes, bytesToId } from '../../../core/model/bytes.js';
import type { Publication } from '../../../core/model/publication.js';
import { Glob } from '../commands/glob.js';
import { RespError } from '../keyspace.js';
import type { LimitName } from '../limits.js';
import type { Session } from '../session.js';
import { Listening, type ListenTo } from './listening.js';
import { Wording } from './wording.js';

/** Who listens to what, of all clients of the port. */
export class Subscriptions {
  private readonly audiences: Readonly<Record<ListenTo, Map<string, Audience>>> = {
    channels: new Map(),
    patterns: new Map(),
    shards: new Map(),
  };

  /** Since the start: messages of clients here, and messages handed to subscribers, of other members too. */
  published = 0;
  delivered = 0;

  constructor(
    private readonly patternsMax: number,
    /** A limit was met, by whom. */
    private readonly exceeded: (limit: LimitName, who: string) => void,
  ) {}

  /** Nobody listens to anything that is published, sharded channels aside. */
  get isEmpty(): boolean {
    return this.size('channels') + this.size('patterns') === 0;
  }

  /** How many channels or patterns somebody listens to. */
  size(what: ListenTo): number {
    return this.audiences[what].size;
  }

  /** How many listen to just this. */
  listeners(what: ListenTo, name: Bytes): number {
    return this.audiences[what].get(bytesToId(name))?.sessions.size ?? 0;
  }

  names(what: ListenTo): Bytes[] {
    return [...this.audiences[what].values()].map(({ name }) => name);
  }

  /** Throws a RespError if there are too many patterns. `name` is kept. */
  subscribe(session: Session, what: ListenTo, name: Bytes): void {
    const audiences = this.audiences[what];
    const id = bytesToId(name);
    if (what === 'patterns' && audiences.size >= this.patternsMax && !audiences.has(id)) {
      this.exceeded('patterns', session.address);
      throw new RespError(`ERR max number of patterns reached (patterns: ${this.patternsMax})`);
    }
    session.listening ??= new Listening();
    if (!session.listening.add(what, name)) return;
    let audience = audiences.get(id);
    if (audience === undefined) {
      audience = { name, glob: what === 'patterns' ? new Glob(name) : null, sessions: new Set() };
      audiences.set(id, audience);
    }
    audience.sessions.add(session);
  }

  unsubscribe(session: Session, what: ListenTo, name: Bytes): void {
    const { listening } = session;
    if (listening?.remove(what, name) !== true) return;
    if (listening.isEmpty) session.listening = null;
    const audiences = this.audiences[what];
    const audience = audiences.get(bytesToId(name));
    audience?.sessions.delete(session);
    if (audience?.sessions.size === 0) audiences.delete(bytesToId(name));
  }

  /** It listens to nothing any more. */
  leave(session: Session): void {
    for (const what of ['channels', 'patterns', 'shards'] as const) {
      for (const name of session.listening?.all(what) ?? []) this.unsubscribe(session, what, name);
    }
  }

  /** Hands a message to all who listen here. Returns to how many, those counted twice who get it twice. */
  publish({ isSharded, channel, payload }: Publication): number {
    const audience = this.audiences[isSharded ? 'shards' : 'channels'].get(bytesToId(channel));
    const word = isSharded ? SMESSAGE : MESSAGE;
    let count = audience === undefined ? 0 : tell(audience, new Wording([word, channel, payload]));
    if (isSharded) return this.delivering(count);
    const stepsMax = STEPS + STEPS_PER_BYTE * channel.length;
    for (const pattern of this.audiences.patterns.values()) {
      const isMatch = pattern.glob!.within(channel, stepsMax);
      if (isMatch === undefined) this.end(pattern);
      else if (isMatch) count += tell(pattern, new Wording([PMESSAGE, pattern.name, channel, payload]));
    }
    return this.delivering(count);
  }

  private delivering(count: number): number {
    this.delivered += count;
    return count;
  }

  /** Whoever has a pattern that takes too long is cut off, by name: all others would wait for it at each message. */
  private end(pattern: Audience): void {
    for (const session of [...pattern.sessions]) {
      this.exceeded('patterns', session.name === '' ? session.address : `${session.address} (${session.name})`);
      session.connection.cut();
    }
  }
}

// ---

interface Audience {
  readonly name: Bytes;
  readonly glob: Glob | null;
  readonly sessions: Set<Session>;
}

/** No pattern of up to 64 bytes takes as long, whatever the channel. */
const STEPS_PER_BYTE = 64;
const STEPS = 1 << 16;
const MESSAGE = Buffer.from('message');
const PMESSAGE = Buffer.from('pmessage');
const SMESSAGE = Buffer.from('smessage');

/** A copy: whoever takes too little is cut off meanwhile. */
function tell({ sessions }: Audience, wording: Wording): number {
  const { size } = sessions;
  for (const session of size === 1 ? sessions : [...sessions]) session.connection.tell(wording.in(session.protocol));
  return size;
}
