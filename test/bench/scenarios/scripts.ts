import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { atLeast, type Measured, type Series } from '../figures.js';
import { withPipeline } from '../pipeline.js';
import { portOf } from '../probes.js';
import { NO_PERSISTENCE } from '../redis-server.js';
import { inTurn, type Scenario } from '../scenario.js';
import { encode, keyText, valueText } from '../workload.js';

/** What a limiter of rates does: two commands at least. */
const SCRIPT =
  "local n = redis.call('INCR', KEYS[1]) if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end return {n, redis.call('PTTL', KEYS[1])}";
const SUBSCRIBERS = 50;

export const scripts: Scenario = {
  number: 16,
  name: 'scripts',
  title: 'A script of two commands, and messages to fifty subscribers, against redis-server',
  runs: 5,
  async measure(stage) {
    const node = await stage.startNode('scripts', { memoryOnly: true });
    const redis = await stage.startRedis(NO_PERSISTENCE);
    const ports = [portOf(node.address), ...(redis === null ? [] : [redis.port])];
    const [calls, messages] = [stage.size(100_000, 2000), stage.size(4000, 100)];
    stage.note(
      'a script: EVAL over one connection, many under way; a message: 100 bytes, until the last of fifty has it',
    );
    for (const port of ports) await scriptsPerSecond(port, calls / 10);
    const scripted = await inTurn(
      stage.runs,
      ports.map((port) => () => scriptsPerSecond(port, calls)),
    );
    const told = await inTurn(
      stage.runs,
      ports.map((port) => () => messagesPerSecond(port, messages)),
    );
    await Promise.all([node.kill(), redis?.kill()]);
    return [
      figureOf('EVAL of two commands', scripted, 0.1),
      figureOf(`PUBLISH to ${SUBSCRIBERS} subscribers`, told, 0.4),
    ];
  },
};

// ---

function figureOf(figure: string, [mneme = [], redis]: readonly number[][], ratioMin: number): Measured {
  const against: Series | undefined = redis === undefined ? undefined : { name: 'redis', values: redis };
  return { figure, unit: 'ops/s', of: { name: 'mneme', values: mneme }, against, target: atLeast(ratioMin) };
}

async function scriptsPerSecond(port: number, count: number): Promise<number> {
  const startedMs = performance.now();
  await withPipeline(port, (pipeline) =>
    pipeline.run(count, (i) => encode('EVAL', SCRIPT, '1', keyText(i % 1000), '60000')),
  );
  return (count * 1000) / (performance.now() - startedMs);
}

async function messagesPerSecond(port: number, count: number): Promise<number> {
  const message = encode('message', 'bench', valueText(0)).length;
  const subscribers = await Promise.all(Array.from({ length: SUBSCRIBERS }, () => subscriberOf(port)));
  const startedMs = performance.now();
  const all = Promise.all(subscribers.map((socket) => bytesOf(socket, count * message)));
  await withPipeline(port, (pipeline) => pipeline.run(count, () => encode('PUBLISH', 'bench', valueText(0))));
  await all;
  const seconds = (performance.now() - startedMs) / 1000;
  for (const socket of subscribers) socket.destroy();
  return (count * SUBSCRIBERS) / seconds;
}

async function subscriberOf(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.write(encode('SUBSCRIBE', 'bench'));
  await once(socket, 'data');
  return socket;
}

function bytesOf(socket: Socket, wanted: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = 0;
    socket.on('error', reject).on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received >= wanted) resolve();
    });
  });
}
