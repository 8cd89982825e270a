import { connectClient } from '../../src/admin/client/client.js';
import { type Member, untilInSync } from './cluster.js';
import { until } from './probes.js';
import type { RedisServer } from './redis-server.js';
import type { Stage } from './stage.js';

/** Starts node b beside this server, and waits until it is in sync with the founder. */
export async function joinBeside(stage: Stage, server: RedisServer, founder: Member): Promise<Member> {
  const node = await stage.startNode('b', { join: founder.node.address, flags: engineOf(server) });
  const admin = await connectClient(node.address);
  stage.owns({ kill: async () => admin.close() });
  const member = { node, admin };
  await untilInSync([founder, member]);
  await untilQuiet(member);
  return member;
}

/** Resolves when the node has nothing left to read from its Redis, nor to write to it. */
export function untilQuiet({ admin }: Member): Promise<void> {
  const isQuiet = async (): Promise<boolean> => {
    const { engine } = await admin.call('ENGINE', { action: 'status' });
    return engine.state === 'attached' && engine.toRead === 0 && engine.toWrite === 0;
  };
  return until('the node has read and written all', isQuiet, { timeoutMs: 120_000, pollMs: 20 });
}

/** The flags of a node beside this server. */
/** @param options as in a URL: `?capture=replica` */
export function engineOf(server: RedisServer, options = ''): string[] {
  return ['--engine', `redis://127.0.0.1:${server.port}${options}`];
}
