import { RedisClient } from '../../../src/engines/redis/redis-client.js';
import { type Push, type RedisReply, ReplyParser } from '../../../src/engines/redis/reply-parser.js';
import { parseTarget } from '../../../src/engines/redis/target.js';
import { Prng } from '../prng.js';
import type { ServerClient } from './model/client.js';
import { encode, text } from './model/resp.js';
import { SimRedis } from './model/server.js';

export type Who = 'node' | 'application';

/** An application and a node at one server, of the model or a real one. The node's connection tracks all changes but its own. */
export interface Talk {
  send(who: Who, ...args: readonly (string | Buffer)[]): Promise<RedisReply>;
  /** What the node's was told since it was asked last: changed keys, and `*` for a flush. */
  told(): Promise<string[]>;
  close(): void;
}

const tracking = (to: RedisReply): string[] => ['CLIENT', 'TRACKING', 'ON', 'REDIRECT', String(to), 'BCAST', 'NOLOOP'];

export async function talkToReal(port: number, user = ''): Promise<Talk> {
  const told: string[] = [];
  const connect = async (protocol: string, userinfo: string): Promise<RedisClient> => {
    const client = await RedisClient.connect(parseTarget(`redis://127.0.0.1:${port}`));
    const auth = userinfo === '' ? [] : ['AUTH', userinfo, userinfo];
    await client.send('HELLO', protocol, ...auth);
    return client;
  };
  const reports = await connect('3', '');
  const [node, application] = [await connect('2', user), await connect('3', '')];
  reports.onInvalid = (bytes, start, end) => void told.push(bytes.toString('latin1', start, end));
  reports.onPush = ([kind, what]) => void (String(kind) === 'invalidate' && !Array.isArray(what) && told.push('*'));
  await node.send(...tracking(await reports.send('CLIENT', 'ID')));
  return {
    send: async (who, ...args) =>
      (who === 'node' ? node : application)
        .send(...args.map((arg) => (typeof arg === 'string' ? text(arg) : arg)))
        .catch((error: unknown) => error as RedisReply),
    told: async () => {
      await reports.send('PING');
      return told.splice(0).sort();
    },
    close: () => {
      for (const client of [reports, node, application]) client.close();
    },
  };
}

/** On clocks that stand where the real ones do. */
export async function talkToModel(seed: number): Promise<Talk & { readonly server: SimRedis }> {
  const later: (() => void)[] = [];
  const machine = {
    wallMs: Date.now,
    after: (_: number, run: () => void) => void later.push(run),
    random: new Prng(seed),
  };
  const server = new SimRedis(machine, OPTIONS);
  const told: string[] = [];
  const reports = new Talker(server, later, told, 'application');
  const node = new Talker(server, later, null, 'node');
  const application = new Talker(server, later, null, 'application');
  await reports.say('HELLO', '3');
  await application.say('HELLO', '3');
  await node.say('HELLO', '2');
  await node.say(...tracking(await reports.say('CLIENT', 'ID')));
  return {
    server,
    send: (who, ...args) => (who === 'node' ? node : application).say(...args),
    told: async () => told.splice(0).sort(),
    close: () => {},
  };
}

// ---------------------------------------------------------------------------------------------------------------------

const OPTIONS = {
  maxMemory: 0,
  policy: 'noeviction' as const,
  events: '',
  pubSubBytesMax: 0,
  keysPerScan: 10,
  elementScanMs: 0,
  hasReplica: false,
};

/** A client of the model. */
class Talker {
  private readonly replies: RedisReply[] = [];
  private readonly parser: ReplyParser;
  private readonly client: ServerClient;

  constructor(
    private readonly server: SimRedis,
    private readonly later: (() => void)[],
    told: string[] | null,
    party: Who,
  ) {
    this.parser = new ReplyParser(
      (reply) => {
        if (!isPush(reply)) this.replies.push(reply);
        else if (String(reply.items[0]) === 'invalidate') told?.push('*');
      },
      (bytes, start, end) => told?.push(bytes.toString('latin1', start, end)),
    );
    const offer = (): void => this.parser.push(this.client.take(Number.MAX_SAFE_INTEGER));
    this.client = server.connect(party, { offer, closed: () => {} });
  }

  async say(...args: readonly (string | Buffer)[]): Promise<RedisReply> {
    const command = args.map((arg) => (typeof arg === 'string' ? text(arg) : arg));
    this.server.receive(this.client, encode(command, 2));
    for (const run of this.later.splice(0)) run();
    return this.replies.shift()!;
  }
}

function isPush(reply: RedisReply | Push): reply is Push {
  return reply !== null && typeof reply === 'object' && 'items' in reply;
}
