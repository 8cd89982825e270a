import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { connectClient } from '../../src/admin/client/client.js';
import { fullKey } from '../../src/core/model/entry.js';
import { hlcToMs } from '../../src/core/model/hlc.js';
import { FLOOR_ALL } from '../../src/core/model/vector.js';
import { type Origin, originOf } from '../../src/core/model/version.js';
import type { Message } from '../../src/core/replication/messages.js';
import { COUNTER_MAX } from '../../src/links/byte-reader.js';
import { ByteWriter } from '../../src/links/byte-writer.js';
import { FRAME_HEADER_BYTES, sealFrame } from '../../src/links/frame.js';
import { rangeOf } from '../core/support/ranges.js';
import { anyMessage, arbitraryByType, frameOf } from '../links/messages.js';
import { helloOf, Rogue } from '../links/rogue.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until } from './processes.js';

const END = Number.MAX_SAFE_INTEGER;
const NOTHING = { seqs: {}, floors: {} };
const directory = temporaryDirectory();
const started: NodeProcess[] = [];
let a: NodeProcess;
let clusterId: string;
let replica: string;

beforeAll(async () => {
  a = await newNode('a').start();
  const status = await statusOf(a.address);
  clusterId = status.clusterId;
  replica = status.self.replica;
}, 60_000);

afterAll(async () => {
  await Promise.all(started.map((one) => one.kill()));
  directory.remove();
});

function newNode(name: string): NodeProcess {
  const made = new NodeProcess(name, `${directory.path}/${name}`, ['--failure-timeout', '1s']);
  started.push(made);
  return made;
}

/** A peer that has said who it is, and that data flows to and from. */
async function openPeer(id: string): Promise<Rogue> {
  const peer = await Rogue.dial(a.address);
  peer.send(helloOf({ clusterId: null, replica: id, name: `rogue-${id.slice(0, 4)}` }));
  expect(await peer.hears(({ type }) => type === 'ack')).toBe(true);
  const beat = { type: 'beat', count: 1, wallMs: Date.now(), hlc: 1, echo: null, gate: 'comparing' } as const;
  const ack = { boot: 1, data: NOTHING, system: NOTHING };
  peer.send({ ...beat, seen: {}, links: [], apart: {}, acks: {} }, { type: 'ack', ack, gap: false });
  const compare: Message = { type: 'compare', island: NOTHING, members: [], mark: null, sinceMs: 0, separations: {} };
  peer.send(compare, { type: 'gate', state: 'open' });
  expect(await peer.hears((message) => message.type === 'gate' && message.state === 'open')).toBe(true);
  return peer;
}

let writes = 0;
/** Whether clients are served, by the same process, under a clock that is right. */
async function expectSound(): Promise<void> {
  const value = `v${++writes}`;
  expect(await ask('SET', 'probe', value)).toBe('+OK\r\n');
  expect(await ask('GET', 'probe')).toBe(`$${value.length}\r\n${value}\r\n`);
  const client = await connectClient(a.address, { replyTimeoutMs: 5000 });
  const keyBase64 = Buffer.from('probe').toString('base64');
  const { entry } = await client.call('ENTRY', { database: 0, keyBase64 });
  expect(Math.abs(hlcToMs(entry!.hlc) - Date.now())).toBeLessThan(15_000);
  expect((await client.call('STATUS', {})).self.pid).toBe(a.pid);
  client.close();
}

/** One command on a connection of its own, and the first reply. */
function ask(...words: string[]): Promise<string> {
  const [host = '', port = ''] = a.address.split(':');
  const socket = connect(Number(port), host);
  socket.write(`*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`);
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk) => resolve(String(chunk)) ?? socket.destroy());
    socket.once('error', reject).once('close', () => reject(new Error('closed without a reply')));
  });
}

async function problems(): Promise<string> {
  return ((await statusOf(a.address)).problems ?? []).map(({ text }) => text).join('\n');
}

describe('what a peer sends to bring a counter to its end is not taken in, and it is named', () => {
  test('a row stamped at the end of the hybrid clock', async () => {
    const id = 'e1'.repeat(8);
    const origin = `${id}.00000001`;
    const peer = await openPeer(id);
    const key = fullKey(0, Buffer.from('poison'));
    const entry = { key, value: Buffer.from('x'), hlc: END, origin, seq: 1, expiryMs: 0 };
    const range = rangeOf({ origin, from: 0, upto: 1 }, [{ seq: 1, key, entry }]);
    peer.send(
      { type: 'changes', group: 'system', ranges: [range] },
      { type: 'changes', group: 'data', ranges: [range] },
    );
    await until('it is named', async () => (await problems()).includes('rogue-e1e1 sent a change stamped 2089'));
    expect(await ask('GET', 'poison')).toBe('$-1\r\n');
    await expectSound();
    peer.close();
  }, 60_000);

  const ack = (seqs: Record<string, number>, floors: Record<string, number> = {}): Message => {
    const vector = { seqs, floors };
    return { type: 'ack', ack: { boot: 1, data: vector, system: vector }, gap: false };
  };
  const claims: readonly (readonly [string, (own: Origin) => Message, string])[] = [
    ["more of this node's writes than it has made", (own) => ack({ [own]: COUNTER_MAX }), 'writes of this node up to'],
    ['that its boot is retired', () => ack({}, { [replica]: FLOOR_ALL }), 'that this node writes no more'],
    [
      'a range of its own writes',
      (own) => ({
        ...{ type: 'changes', group: 'system' },
        ranges: [rangeOf({ origin: own, from: 0, upto: COUNTER_MAX })],
      }),
      'writes of this node up to',
    ],
  ];

  test.each(claims)(
    '%s',
    async (_what, message, text) => {
      const id = 'e2'.repeat(8);
      const { boot } = (await statusOf(a.address)).self;
      const peer = await openPeer(id);
      peer.send(message(originOf(replica, boot)));
      await until('its link is closed', async () => peer.isClosed);
      expect(await problems()).toContain(`rogue-e2e2 sent ${text}`);
      await expectSound();
    },
    60_000,
  );
});

describe('a refusal', () => {
  test('that nobody asked for, before any hello, leaves the node and its directory as they are', async () => {
    const peer = await Rogue.dial(a.address);
    peer.send({ type: 'refuse', code: 'forgotten', message: 'gone', clusterId, replica, boot: 1 });
    await until('its link is closed', async () => peer.isClosed);
    await expectSound();
    await a.kill('SIGTERM');
    await a.start();
    await expectSound();
  }, 60_000);
});

describe('names and addresses of joiners', () => {
  test('with escape sequences reach neither status nor log', async () => {
    const peer = await Rogue.dial(a.address);
    peer.send(
      helloOf({ clusterId: null, replica: 'e3'.repeat(8), name: 'evil\u001b[31m', address: 'x\u001b]0;:99999999' }),
    );
    await until('it is refused', async () => peer.received.some(({ type }) => type === 'refuse'));
    const { stdout } = await mneme(['cluster', 'status', '--node', a.address]);
    expect(stdout + a.logText).not.toContain('\u001b');
    expect(a.logText).toContain("cannot be a node's name");
  }, 60_000);
});

/** A frame with a right checksum around the message, with some bytes of it changed, more of them, or fewer. */
function damaged(message: Message, [at, flip, cut, more]: readonly [number, number, number, number]): Buffer {
  const content = Buffer.from(frameOf(message).subarray(FRAME_HEADER_BYTES));
  // The type stays: there is a test of unknown ones.
  const place = 1 + (at % Math.max(1, content.length - 1));
  if (place < content.length) content[place]! ^= flip;
  const kept = content.subarray(0, Math.max(1, content.length - cut));
  const buffer = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), kept, Buffer.alloc(more, flip)]);
  return sealFrame(new ByteWriter(buffer, buffer.length));
}

describe('whatever a peer sends', () => {
  const SEED = 20_260_101;
  const RUNS = 24;
  /** So many on one link, unless the node closes it before. */
  const EACH = 8;
  const damage = fc.tuple(fc.nat(4000), fc.nat(255), fc.constantFrom(0, 0, 0, 1, 3, 9), fc.constantFrom(0, 0, 0, 1, 8));
  let peers = 0;
  let barriers = 0;

  /** A member of its own for each link, since a message may well end that member; every fourth says no hello. */
  async function nextPeer(): Promise<{ peer: Rogue; name: string }> {
    const id = (0xf000 + ++peers).toString(16).repeat(4);
    if (peers % 4 === 0) return { peer: await Rogue.dial(a.address), name: 'a stranger' };
    return { peer: await openPeer(id), name: `rogue-${id.slice(0, 4)}` };
  }

  /** Whether the node goes on with the link once it has dealt with all that was sent. */
  function goesOn(peer: Rogue): Promise<boolean> {
    const id = ++barriers;
    peer.send({ type: 'read', id, from: NOTHING, upto: NOTHING });
    return peer.hears((message) => message.type === 'read-reply' && message.id === id);
  }

  test.each(Object.keys(arbitraryByType) as Message['type'][])(
    'as %s: the node lives and serves, and names whose link it has closed',
    async (type) => {
      // That this node came back with less, a member is believed (R14): then it waits for that member's snapshot.
      const messages = (arbitraryByType[type] as fc.Arbitrary<Message>).map((message) =>
        message.type === 'behind' ? { ...message, lost: false } : message,
      );
      const samples = fc.sample(fc.tuple(messages, damage), { numRuns: RUNS, seed: SEED });
      while (samples.length > 0) {
        const { peer, name } = await nextPeer();
        let isOpen = true;
        for (let sent = 0; isOpen && sent < EACH && samples.length > 0; sent++) {
          const [message, how] = samples.pop()!;
          if (samples.length % 3 === 0) peer.send(message);
          else peer.sendBytes(damaged(message, how));
          isOpen = await goesOn(peer);
        }
        const isTold = peer.received.some((message) => message.type === 'refuse');
        if (!isOpen && !isTold) await until(`${name} is named`, async () => a.logText.includes(`${name} sent `), 5000);
        peer.close();
      }
      await expectSound();
    },
    30_000,
  );

  test('in answer to a node that dials: the node lives and serves', async () => {
    const sockets: Rogue[] = [];
    const server = createServer((socket) => {
      const peer = Rogue.accept(socket);
      sockets.push(peer);
      peer.send({
        type: 'refuse',
        code: 'wrong-cluster',
        message: '\u001b[2J',
        clusterId: 'other',
        replica: 'e5'.repeat(8),
        boot: 1,
      });
      for (const one of fc.sample(anyMessage, { numRuns: 20, seed: SEED + sockets.length })) peer.send(one);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const peer = await Rogue.dial(a.address);
    peer.send(helloOf({ clusterId: null, replica: 'e5'.repeat(8), name: 'dialled', address: `127.0.0.1:${port}` }));
    await until('it is greeted', async () => peer.received.length > 0);
    peer.close();
    await until('it was dialled some times', async () => sockets.length >= 3);
    await expectSound();
    for (const socket of sockets) socket.close();
    server.close();
    expect(a.logText).not.toContain('\u001b');
  }, 60_000);

  test('the log names what was dropped, and no fault of the node itself', () => {
    expect(a.logText).toMatch(/sent what is no message \(malformed payload/);
    expect(a.logText).not.toMatch(/a bug in mneme|InvariantError|TypeError|RangeError/);
  });
});
