import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplyReader } from './replies.js';
import { encode } from './workload.js';

export interface Patience {
  readonly timeoutMs?: number;
  readonly pollMs?: number;
}

/** Wait for a condition; fails with what was waited for. */
export async function until(what: string, condition: () => Promise<boolean>, patience: Patience = {}): Promise<void> {
  const { timeoutMs = 60_000, pollMs = 2 } = patience;
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await sleep(pollMs);
  }
}

/** Milliseconds that something takes. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await action();
  return performance.now() - startedMs;
}

/** Milliseconds on a clock that all threads share. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

/** One command over a connection of its own: the kind of the reply and its text; null if nobody answers. */
export function answerOf(port: number, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(encode(...args)));
    const end = (answer: string | null): void => {
      socket.destroy();
      resolve(answer);
    };
    const reader = new ReplyReader((kind, body) => end(`${kind}${body?.toString('latin1') ?? ''}`));
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.on('error', () => end(null));
    socket.on('close', () => end(null));
  });
}

/** Milliseconds that the longest answer to a PING takes, until it is over. */
export async function longestPing(port: number, isOver: () => boolean): Promise<number> {
  let longestMs = 0;
  while (!isOver()) {
    longestMs = Math.max(longestMs, await timed(() => answerOf(port, ['PING'])));
    await sleep(PING_EVERY_MS);
  }
  return longestMs;
}

const PING_EVERY_MS = 2;
const STILL_POLL_MS = 250;

/** A number that INFO gives; 0 if it does not. */
export async function infoField(port: number, name: string): Promise<number> {
  const info = await answerOf(port, ['INFO']);
  return Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info ?? '')?.[1] ?? 0);
}

export async function keyCount(port: number): Promise<number> {
  return Number((await answerOf(port, ['DBSIZE']))?.slice(1));
}

export async function expectKeys(port: number, count: number): Promise<void> {
  const found = await keyCount(port);
  if (found !== count) throw new Error(`${count} keys were expected at port ${port}, and ${found} are there`);
}

/** Resolves when the server gives a value for this key: it is up, has loaded, and answers. */
export function untilHasKey(port: number, key: string): Promise<void> {
  const isThere = async (): Promise<boolean> => /^\$./.test((await answerOf(port, ['GET', key])) ?? '');
  return until(`port ${port} has ${key}`, isThere, { timeoutMs: 300_000, pollMs: 5 });
}

/** Resolves when the memory that a server counts has stood still for so long: what it does on its own is done. */
export async function untilUsedStill(port: number, stillMs: number): Promise<void> {
  let [latest, sinceMs] = [0, performance.now()];
  while (performance.now() - sinceMs < stillMs) {
    await sleep(STILL_POLL_MS);
    const used = await infoField(port, 'used_memory');
    if (Math.abs(used - latest) > latest / 1000) [latest, sinceMs] = [used, performance.now()];
  }
}

/** Resident memory of a process; 0 where the system does not tell. */
export function residentBytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** CPU time that a process has taken so far, in microseconds; 0 where the system does not tell. */
export function cpuMicros(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

/** Of the clock that processes are accounted by: 100 on all Linux systems that people run. */
const TICKS_PER_SECOND = 100;

/** Resident memory once it has stood still for so long: garbage goes, and tombstones, some time after the last write. */
export async function settledResidentBytes(pid: number, stillMs: number): Promise<number> {
  const deadlineMs = performance.now() + 10 * stillMs;
  let latest = residentBytes(pid);
  let sinceMs = performance.now();
  while (performance.now() < deadlineMs && performance.now() - sinceMs < stillMs) {
    await sleep(100);
    const bytes = residentBytes(pid);
    if (Math.abs(bytes - latest) > latest / 100) sinceMs = performance.now();
    latest = bytes;
  }
  return latest;
}
