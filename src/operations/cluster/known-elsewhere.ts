import { basename, dirname, join } from 'node:path';
import type { Passport } from '../../admin/client/client.js';
import type { LinkState, StatusReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { advice, quoteWord } from '../../hints/advice.js';
import { formerNodesIn, readFormerStart } from './former-start.js';
import { statusAt } from './to-join.js';

const ASK = { connectTimeoutMs: 500, replyTimeoutMs: 1000 };

/**
 * Before a node without data founds a cluster: nodes whose directories lie beside its own are asked whether theirs has a member
 * of its name. Nodes elsewhere still dial its address, which is seen once the port is open.
 * @throws OperatorError `known-elsewhere`
 */
export async function refuseIfListed(name: string, dir: string | null, passport: Passport): Promise<void> {
  if (dir === null) return;
  const place = dirname(dir);
  const neighbours = formerNodesIn(place).filter((one) => one !== basename(dir));
  const replies = await Promise.all(neighbours.map((one) => statusOf(join(place, one), passport)));
  for (const status of replies) {
    const member = status?.members.find((one) => one.name === name);
    if (status === null || member === undefined) continue;
    const home = neighbours.find((one) => readFormerStart(join(place, one))?.name === name);
    throw new OperatorError(
      'known-elsewhere',
      `${name} has no data here, but it is a member of the cluster ${status.clusterId}, at ${member.address}: ${status.self.name} says so. To start now would found a second cluster, which takes writes of its own.`,
      wayBack(name, member.link, status.self.address, home === undefined ? null : join(place, home)),
    );
  }
}

/** A member that runs is not forgotten: this is another node, or another directory than was meant. `home`: where its data is. */
function wayBack(name: string, link: LinkState, address: string, home: string | null): string {
  const isAlive = link !== 'down' && link !== 'held' && link !== 'connecting';
  const where = home === null ? '' : `, with its data in ${home}`;
  const another = `To add another node to its cluster give it a name of its own: mneme cluster join ${address} --name ANOTHER`;
  if (isAlive) return advice(`mneme cluster status --node ${address}`, `${name} runs${where}. ${another}`);
  if (home !== null)
    return advice(`mneme cluster start --dir ${quoteWord(home)}`, `${name} has its data there. ${another}`);
  return advice(
    `mneme cluster forget ${name} --node ${address}`,
    `Only if its data is gone; else start it with --dir where that is. Then mneme cluster join ${address} --name ${name}. To found one all the same: mneme cluster start --new`,
  );
}

/**
 * Members that are to show a node the way to its cluster. One that does not answer yet may do so later.
 * @throws OperatorError `usage` without data: such a node joins.
 */
export function checkPeers(peers: readonly string[], dir: string | null, hasData: boolean): void {
  if (hasData) return;
  throw new OperatorError(
    'usage',
    `--peer ${peers.join(',')} shows a node with data the way to its cluster, and ${dir ?? 'a memory-only node'} has none`,
    `mneme cluster join ${peers.join(',')}`,
  );
}

/**
 * Where others are to be found, a node without data would found a cluster of its own as soon as it sees none of them.
 * @throws OperatorError `usage` unless it says how many found one together
 */
export function checkExpected(discover: readonly string[], expect: number | undefined, dir: string | null): void {
  if (discover.length === 0 || expect !== undefined) return;
  throw new OperatorError(
    'usage',
    `${dir ?? 'a memory-only node'} has no data, and --discover does not say whether a cluster is to be founded`,
    `To found one with other nodes that start too, add --expect N on each of them. To join one that exists: mneme cluster join ${discover.map((one) => `--discover ${quoteWord(one)}`).join(' ')}`,
  );
}

async function statusOf(dir: string, passport: Passport): Promise<StatusReply | null> {
  try {
    const listen = readFormerStart(dir)?.listen;
    if (listen === undefined) return null;
    return await statusAt(listen.replace(/^(0\.0\.0\.0|\[::\]):/, '127.0.0.1:'), ASK, passport);
  } catch {
    // Stopped, or another program is there now: it can tell nothing.
    return null;
  }
}
