import { beforeEach, describe, expect, test } from '@jest/globals';
import { VersionVector } from '../../src/core/model/vector.js';
import type { Changes, Message } from '../../src/core/replication/messages.js';
import { Peer } from '../../src/core/replication/peer.js';
import { MiniCluster, type MiniNode, TIMEOUT_MS } from './support/mini-cluster.js';

const BEAT_MS = TIMEOUT_MS / 5;
/** What is relayed waits for so long at most, at each node, for more of it. */
const PACE_MS = 10;

/** Who sent changes of data to whom, as `a>b`. */
let sent: string[];
let beats: { from: MiniNode; to: MiniNode; message: Extract<Message, { type: 'beat' }> }[];
let cluster: MiniCluster;

beforeEach(() => {
  cluster = new MiniCluster();
  [sent, beats] = [[], []];
  cluster.isLost = (message, from, to) => {
    if (isData(message)) sent.push(`${from.name}>${to.name}`);
    if (message.type === 'beat') beats.push({ from, to, message });
    return false;
  };
});

describe('a write crosses each link once', () => {
  test('in a full mesh of six its author alone sends it, whoever writes, and also while beats go round', () => {
    const nodes = meshOf(6);
    for (const node of nodes) {
      sent = [];
      node.set(`by ${node.name}`, 'value');
      cluster.run(5 * BEAT_MS);
      expect(sent.sort()).toEqual(nodes.filter((other) => other !== node).map(({ name }) => `${node.name}>${name}`));
    }
  });

  test('a member without a link to the author gets it at once, and from one of the others alone', () => {
    const nodes = meshOf(6);
    const [a, f] = [nodes[0]!, nodes[5]!];
    cluster.partition([a], [f]);
    cluster.run(3 * BEAT_MS);
    sent = [];
    a.set('key', 'value');
    cluster.run(PACE_MS);
    expect(f.get('key')).toBe('value');
    cluster.run(5 * BEAT_MS);
    expect(sent.filter((one) => one.endsWith('>f'))).toEqual(['b>f']);
  });

  test('over a chain it arrives at once, and nothing is sent back', () => {
    const [a, b, c, d] = meshOf(4) as [MiniNode, MiniNode, MiniNode, MiniNode];
    cluster.partition([a], [c, d]);
    cluster.run(3 * BEAT_MS);
    sent = [];
    a.set('key', 'value');
    cluster.run(PACE_MS);
    expect([b, c, d].map((node) => node.get('key'))).toEqual(['value', 'value', 'value']);
    cluster.run(5 * BEAT_MS);
    expect(sent.sort()).toEqual(['a>b', 'b>c', 'b>d']);
  });

  test('where the author reaches a member that it has a link to no more, the others relay once beats show that it stands still', () => {
    const nodes = meshOf(4);
    const [a, d] = [nodes[0]!, nodes[3]!];
    cluster.isLost = (message, from, to) => isData(message) && from === a && to === d;
    a.set('key', 'value');
    cluster.settle();
    expect(d.get('key')).toBeUndefined();
    cluster.run(3 * BEAT_MS);
    expect(d.get('key')).toBe('value');
  });
});

test('a peer that gets on, however far behind it is, is sent nothing that it gets from the author', () => {
  const author = `${'aa'.repeat(8)}.00000001`;
  const peer = peerThatHas(author, 10);
  const hold = (seq: number) => peer.turnRelay({ data: vector(author, seq), system: new VersionVector() });
  hold(100);
  peer.noteAck(ackOf(author, 20), false, 0);
  hold(200);
  expect(peer.relay.data.get(author)).toBe(0);
  hold(300);
  expect(peer.relay.data.get(author)).toBe(200);
});

// ---

function isData(message: Message): message is Changes {
  return message.type === 'changes' && message.group === 'data';
}

function meshOf(size: number): MiniNode[] {
  const nodes = [...'abcdef'].slice(0, size).map((name) => {
    const node = cluster.add(name);
    cluster.run(BEAT_MS);
    return node;
  });
  cluster.run(5 * BEAT_MS);
  return nodes;
}

function vector(origin: string, seq: number): VersionVector {
  return VersionVector.from({ seqs: { [origin]: seq }, floors: {} });
}

function ackOf(origin: string, seq: number) {
  return { boot: 1, data: vector(origin, seq).toData(), system: new VersionVector().toData() };
}

function peerThatHas(origin: string, seq: number): Peer {
  const hello = {
    type: 'hello',
    protocol: 1,
    clusterId: null,
    replica: 'bb'.repeat(8),
    boot: 1,
    previousBoot: 0,
  } as const;
  const peer = new Peer(1, { ...hello, name: 'b', address: 'b', memoryOnly: false, wallMs: 0 }, true, 0);
  peer.noteAck(ackOf(origin, seq), false, 0);
  return peer;
}
