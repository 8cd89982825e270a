import { EventEmitter } from 'node:events';
import { TEXT } from '../../core/model/fields.js';
import { checkAdapter } from './adapter.js';
import { text } from './codec.js';
import type { Entries, FoundEntry } from './entries.js';
import { usage } from './errors.js';

export interface KeyvMnemeOptions {
  /** Put before every key, so that a cache has a place of its own among the node's entries. Default: nothing. */
  readonly prefix?: string;
}

/** One entry of `setMany`. */
export interface KeyvEntry {
  readonly key: string;
  readonly value: unknown;
  readonly ttl?: number | undefined;
}

/**
 * A storage adapter for Keyv 5, and so for cache-manager, on a node in this process:
 *
 *     const cache = new Keyv({ store: new KeyvMneme(node), namespace: 'views', ttl: 60_000 });
 *
 * Entries expire at the node too, so they take no memory longer than Keyv gives them.
 */
export class KeyvMneme extends EventEmitter {
  /** Keyv iterates over stores of kinds that it knows alone, and this one iterates as that of Redis does. */
  readonly opts: KeyvMnemeOptions & { readonly dialect: 'redis' };
  /** Set by Keyv, which puts it before its keys. */
  namespace: string | undefined;
  private readonly entries: Entries<string>;
  private readonly prefix: string;

  constructor(node: Pick<Entries<unknown>, 'as'>, options: KeyvMnemeOptions = {}) {
    super();
    checkAdapter('KeyvMneme', node, options, { prefix: TEXT });
    this.opts = { ...options, dialect: 'redis' };
    this.prefix = options.prefix ?? '';
    this.entries = node.as(text);
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    return this.entries.get(this.prefix + key) as Value | undefined;
  }

  async getMany<Value>(keys: string[]): Promise<(Value | undefined)[]> {
    return keys.map((key) => this.entries.get(this.prefix + key) as Value | undefined);
  }

  /** @param ttl milliseconds; undefined or 0: for ever */
  async set(key: string, value: unknown, ttl?: number): Promise<boolean> {
    await this.entries.set(this.prefix + key, serialized(value), expiryOf(ttl));
    return true;
  }

  async setMany(list: KeyvEntry[]): Promise<void> {
    await this.entries.batch(
      list.map(({ key, value, ttl }) => {
        return { type: 'set', key: this.prefix + key, value: serialized(value), ...expiryOf(ttl) };
      }),
    );
  }

  async has(key: string): Promise<boolean> {
    return this.entries.has(this.prefix + key);
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return keys.map((key) => this.entries.has(this.prefix + key));
  }

  delete(key: string): Promise<boolean> {
    return this.entries.delete(this.prefix + key);
  }

  /** Resolves to whether one of them was there. */
  async deleteMany(keys: string[]): Promise<boolean> {
    const deleted = await Promise.all(keys.map((key) => this.delete(key)));
    return deleted.some((wasThere) => wasThere);
  }

  /** Deletes what is in the namespace. Without one, and without a prefix, that would be the data of the whole cluster: it is refused. */
  async clear(): Promise<void> {
    const prefix = this.placeOf(this.namespace);
    if (prefix === '')
      throw usage('to clear a cache without namespace and prefix would delete all entries of the cluster');
    const deleted: Promise<boolean>[] = [];
    for await (const { keyBytes } of this.entries.entries(prefix)) deleted.push(this.entries.delete(keyBytes));
    await Promise.all(deleted);
  }

  /** Keys, the namespace in front, with their values. */
  async *iterator<Value>(namespace?: string): AsyncGenerator<[string, Value], void> {
    const found: AsyncIterable<FoundEntry<string>> = this.entries.entries(this.placeOf(namespace ?? this.namespace));
    for await (const { key, value } of found) yield [key.slice(this.prefix.length), value as Value];
  }

  toJSON(): object {
    return { prefix: this.prefix, namespace: this.namespace };
  }

  /** The node belongs to the application, which closes it. */
  async disconnect(): Promise<void> {}

  private placeOf(namespace: string | undefined): string {
    return this.prefix + (namespace === undefined ? '' : `${namespace}:`);
  }
}

// ---

function serialized(value: unknown): string {
  if (typeof value === 'string') return value;
  throw usage(`Keyv hands over texts, and this is of type ${typeof value}: leave its serializer in place`);
}

function expiryOf(ttl: number | undefined): { ttlMs?: number } {
  if (ttl === undefined || ttl === null || ttl === 0) return {};
  // What is no number is refused by the node.
  return { ttlMs: typeof ttl === 'number' ? Math.max(1, ttl) : ttl };
}
