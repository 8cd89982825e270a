import type { Redis } from 'ioredis';
import { mapReplyError } from '../../admin/client/client.js';
import { whileAnswering } from '../../admin/client/patience.js';
import { connectRedis } from '../../admin/client/redis.js';
import { EXPIRY_MAX } from '../../core/model/expiry.js';
import { type CollectionPart, type CollectionType, scanParts } from './parts.js';

/** Reads what a page of a list has no room for: long values, and parts. Over a connection that is made for the first of them. */
export class LongValues {
  private connection: { redis: Redis; name: string } | null = null;
  private database = 0;

  constructor(private readonly address: string) {}

  /** null: it is gone. */
  async read(database: number, key: Buffer): Promise<{ value: Buffer; expiryMs: number } | null> {
    this.connection ??= await connectRedis(this.address);
    const { redis, name } = this.connection;
    try {
      this.database = database;
      const reading = redis.multi().select(database).getBuffer(key).pexpiretime(key).exec();
      const replies = await whileAnswering(name, reading);
      const [value, expiry] = (replies ?? []).slice(1).map(([error, reply]) => {
        if (error !== null) throw error;
        return reply;
      });
      if (!Buffer.isBuffer(value)) return null;
      return { value, expiryMs: Math.min(EXPIRY_MAX, Math.max(0, Number(expiry))) };
    } catch (error) {
      throw mapReplyError(name, error);
    }
  }

  /** Those of a hash, a set or a sorted set, some at a time; none: it is gone, or of another type now. */
  async *parts(database: number, key: Buffer, type: CollectionType): AsyncGenerator<CollectionPart[]> {
    this.connection ??= await connectRedis(this.address);
    const { redis, name } = this.connection;
    try {
      await this.select(database);
      const parts = scanParts(redis, key, type);
      for (;;) {
        const next = await whileAnswering(name, parts.next());
        if (next.done === true) return;
        yield next.value;
      }
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return;
      throw mapReplyError(name, error);
    }
  }

  /** As Redis' `TYPE` tells it. */
  async type(database: number, key: Buffer): Promise<string> {
    this.connection ??= await connectRedis(this.address);
    const { redis, name } = this.connection;
    try {
      await this.select(database);
      return await whileAnswering(name, redis.type(key));
    } catch (error) {
      throw mapReplyError(name, error);
    }
  }

  private async select(database: number): Promise<void> {
    const { redis, name } = this.connection!;
    if (this.database !== database) await whileAnswering(name, redis.select(database));
    this.database = database;
  }

  close(): void {
    this.connection?.redis.disconnect();
  }
}
