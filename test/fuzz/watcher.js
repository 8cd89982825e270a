import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

// A client that asks for little, all the time, and measures how long that takes, in a thread of its own: the one that fuzzes is busy.
const EVERY_MS = 10;
const waits = [];
const failures = [];

const { name, address, hello } = workerData;
const [host, port] = address.split(':');
const socket = connect({ host, port: Number(port), noDelay: true });
let askedMs = 0;
const ask = () => {
  askedMs = performance.now();
  socket.write('*1\r\n$4\r\nPING\r\n');
};
socket.write(hello);
socket.once('data', () => {
  socket.on('data', (chunk) => {
    if (String(chunk) !== '+PONG\r\n') failures.push(`${name} answered a PING with ${String(chunk).slice(0, 200)}`);
    waits.push(performance.now() - askedMs);
    setTimeout(ask, EVERY_MS);
  });
  ask();
});
socket.on('error', () => {});
socket.on('close', () => failures.push(`${name} ended the connection of a client that only asks whether it is there`));

parentPort.on('message', () => {
  waits.sort((a, b) => a - b);
  const at = (share) => waits[Math.min(waits.length - 1, Math.floor(share * waits.length))] ?? 0;
  parentPort.postMessage({ count: waits.length, p99Ms: at(0.99), maxMs: at(1), failures: failures.splice(0) });
  waits.length = 0;
});
