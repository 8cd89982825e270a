import type { Redis } from 'ioredis';
import { mapReplyError } from '../../admin/client/client.js';
import { whileAnswering } from '../../admin/client/patience.js';
import { connectRedis } from '../../admin/client/redis.js';
import { EXPIRY_MAX } from '../../core/model/expiry.js';

/** Reads values for which a page of a list has no room, over a connection that is made for the first of them. */
export class LongValues {
  private connection: { redis: Redis; name: string } | null = null;

  constructor(private readonly address: string) {}

  /** null: it is gone. */
  async read(database: number, key: Buffer): Promise<{ value: Buffer; expiryMs: number } | null> {
    this.connection ??= await connectRedis(this.address);
    const { redis, name } = this.connection;
    try {
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

  close(): void {
    this.connection?.redis.disconnect();
  }
}
