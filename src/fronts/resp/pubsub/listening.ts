import { type Bytes, bytesToId } from '../../../core/model/bytes.js';

/** What a client can listen to: a channel, all channels that match a pattern, a channel of a shard. */
export type ListenTo = 'channels' | 'patterns' | 'shards';

/** What one client listens to. */
export class Listening {
  /** What that holds, about. */
  byteCount = 0;
  private readonly names: Readonly<Record<ListenTo, Map<string, Bytes>>> = {
    channels: new Map(),
    patterns: new Map(),
    shards: new Map(),
  };

  /** As SUBSCRIBE and PSUBSCRIBE count them: together; and SSUBSCRIBE: by itself. */
  count(what: ListenTo): number {
    const { channels, patterns, shards } = this.names;
    return what === 'shards' ? shards.size : channels.size + patterns.size;
  }

  size(what: ListenTo): number {
    return this.names[what].size;
  }

  get isEmpty(): boolean {
    return this.count('channels') + this.count('shards') === 0;
  }

  /** False: it does already. */
  add(what: ListenTo, name: Bytes): boolean {
    const names = this.names[what];
    const id = bytesToId(name);
    if (names.has(id)) return false;
    names.set(id, name);
    this.byteCount += name.length + NAME_BYTES;
    return true;
  }

  /** False: it did not. */
  remove(what: ListenTo, name: Bytes): boolean {
    if (!this.names[what].delete(bytesToId(name))) return false;
    this.byteCount -= name.length + NAME_BYTES;
    return true;
  }

  all(what: ListenTo): Bytes[] {
    return [...this.names[what].values()];
  }
}

// ---

/** What a name costs beside its bytes, here and in the list of who listens to it. */
const NAME_BYTES = 300;
