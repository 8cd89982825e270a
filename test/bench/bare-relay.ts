/**
 * The least that carries writes from one Redis to another: `from REDIS_PORT PEER_PORT` hears of each key that was set, reads
 * it and hands it over; `to REDIS_PORT` takes that in and sets it. They keep nothing and decide nothing, so what they cost is the
 * price of carrying alone. Each says a port at which it answers whatever it is sent, for as long as its event loop turns.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Redis } from 'ioredis';

const [, , way, redisPort, peerPort] = process.argv;
const redis = new Redis({ port: Number(redisPort) });
/** Of a key and of a value: 32 bits each. */
const HEADER_BYTES = 8;

const server = createServer((socket) => {
  socket.on('error', () => {});
  if (way === 'to') takeIn(socket);
  else socket.on('data', () => socket.write('+PONG\r\n'));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
if (way === 'from') await handOver(connect({ port: Number(peerPort), noDelay: true }));
process.stdin.once('close', () => process.exit(0)).resume();
process.stdout.write(`${(server.address() as AddressInfo).port}\n`);

async function handOver(peer: Socket): Promise<void> {
  const events = redis.duplicate();
  await redis.config('SET', 'notify-keyspace-events', 'E$');
  events.on('message', (_, key: string) => void redis.getBuffer(key).then((value) => write(peer, key, value)));
  await events.subscribe('__keyevent@0__:set');
}

function write(peer: Socket, key: string, value: Buffer | null): void {
  if (value === null) return;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(Buffer.byteLength(key), 0);
  header.writeUInt32LE(value.length, 4);
  peer.write(header);
  peer.write(key);
  peer.write(value);
}

/** Frames, each whole in one buffer; what does not begin as one is asked by somebody who wants an answer. */
function takeIn(socket: Socket): void {
  let frame: Buffer | null = null;
  let filled = 0;
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    if (chunk[0] === 0x2a && frame === null && rest.length === 0) return void socket.write('+PONG\r\n');
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    rest = Buffer.alloc(0);
    while (bytes.length > 0) {
      if (frame === null && bytes.length < HEADER_BYTES) {
        rest = bytes;
        return;
      }
      frame ??= Buffer.allocUnsafe(HEADER_BYTES + bytes.readUInt32LE(0) + bytes.readUInt32LE(4));
      const count = bytes.copy(frame, filled);
      filled += count;
      bytes = bytes.subarray(count);
      if (filled < frame.length) continue;
      const keyEnd = HEADER_BYTES + frame.readUInt32LE(0);
      void redis.set(frame.subarray(HEADER_BYTES, keyEnd), frame.subarray(keyEnd));
      [frame, filled] = [null, 0];
    }
  });
}
