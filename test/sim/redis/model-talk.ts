import { RedisClient } from '../../../src/engines/redis/redis-client.js';
import { type Push, type RedisReply, ReplyParser } from '../../../src/engines/redis/reply-parser.js';
import { parseTarget } from '../../../src/engines/redis/target.js';
import { Prng } from '../prng.js';
import { encode, text } from './model/resp.js';
import { SimRedis } from './model/server.js';

export type Who = 'node' | 'application';

/** Two clients of one server, of the model or a real one. The node's tracks all changes but its own. */
export interface Talk {
  send(who: Who, ...args: readonly (string | Buffer)[]): Promise<RedisReply>;
  /** What the node's was told since it was asked last: changed keys, and `*` for a flush. */
  told(): Promise<string[]>;
  close(): void;
}

const TRACKING = ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'NOLOOP'];

export async function talkToReal(port: number, user = ''): Promise<Talk> {
  const told: string[] = [];
  const connect = async (userinfo: string): Promise<RedisClient> => {
    const client = await RedisClient.connect(parseTarget(`redis://127.0.0.1:${port}`));
    const auth = userinfo === '' ? [] : ['AUTH', userinfo, userinfo];
    await client.send('HELLO', '3', ...auth);
    return client;
  };
  const [node, application] = [await connect(user), await connect('')];
  node.onInvalid = (bytes, start, end) => void told.push(bytes.toString('latin1', start, end));
  node.onPush = ([kind, what]) => void (String(kind) === 'invalidate' && !Array.isArray(what) && told.push('*'));
  await node.send(...TRACKING);
  return {
    send: async (who, ...args) =>
      (who === 'node' ? node : application)
        .send(...args.map((arg) => (typeof arg === 'string' ? text(arg) : arg)))
        .catch((error: unknown) => error as RedisReply),
    told: async () => {
      await node.send('PING').catch(() => {});
      return told.splice(0).sort();
    },
    close: () => {
      node.close();
      application.close();
    },
  };
}

/** On clocks that stand where the real ones do. */
export async function talkToModel(seed: number): Promise<Talk & { readonly server: SimRedis }> {
  const later: (() => void)[] = [];
  const options = {
    maxMemory: 0,
    policy: 'noeviction' as const,
    events: '',
    pubSubBytesMax: 0,
    keysPerScan: 10,
    hasReplica: false,
  };
  const machine = {
    wallMs: Date.now,
    after: (_: number, run: () => void) => void later.push(run),
    random: new Prng(seed),
  };
  const server = new SimRedis(machine, options);
  const told: string[] = [];
  const replies: Record<Who, RedisReply[]> = { node: [], application: [] };
  const connect = (who: Who) => {
    const parser = new ReplyParser(
      (reply) => {
        if (!isPush(reply)) replies[who].push(reply);
        else if (String(reply.items[0]) === 'invalidate') told.push('*');
      },
      (bytes, start, end) => void told.push(bytes.toString('latin1', start, end)),
    );
    const client = server.connect(who, {
      offer: () => parser.push(client.take(Number.MAX_SAFE_INTEGER)),
      closed: () => {},
    });
    return client;
  };
  const clients = { node: connect('node'), application: connect('application') };
  const send = async (who: Who, ...args: readonly (string | Buffer)[]): Promise<RedisReply> => {
    server.receive(clients[who], encodeCommand(args));
    for (const run of later.splice(0)) run();
    return replies[who].shift()!;
  };
  await send('node', ...TRACKING);
  return { server, send, told: async () => told.splice(0).sort(), close: () => {} };
}

// ---------------------------------------------------------------------------------------------------------------------

function encodeCommand(args: readonly (string | Buffer)[]): Buffer {
  return encode(args.map((arg) => (typeof arg === 'string' ? text(arg) : arg)));
}

function isPush(reply: RedisReply | Push): reply is Push {
  return reply !== null && typeof reply === 'object' && 'items' in reply;
}
