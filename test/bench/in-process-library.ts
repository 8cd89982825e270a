/**
 * `in-process-library.ts SUBJECT ENTRIES DIRECTORY`: prints operations a second of what an application calls, as it is built in dist.
 * library: a node in this process; with-peer: with a second one in a process of its own; map: a Map; socket: that node, asked by ioredis.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import type { MnemeNode } from '../../src/exports/index.js';
import { keyText, scattered, valueText } from './workload.js';

export type LibrarySubject = 'library' | 'with-peer' | 'map' | 'socket';

/** Operations a second. Writes are waited for a thousand at a time; `awaited`: each by itself. */
export interface LibraryRates {
  readonly writes: number;
  readonly overwrites: number;
  readonly awaited: number;
  readonly reads: number;
}

interface Subject {
  /** undefined: it is done. */
  set(key: string, value: string): Promise<unknown> | undefined;
  get(key: string): string | undefined | Promise<string | null>;
  close(): Promise<void>;
}

const TOGETHER = 1000;
const DIST = new URL('../../dist/exports/index.js', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

const [name = 'library', count = '0', directory = ''] = process.argv.slice(2);
const subject = await subjectOf(name as LibrarySubject);
process.stdout.write(JSON.stringify(await measure(subject, Number(count))));
await subject.close();

// ---

async function subjectOf(wanted: LibrarySubject): Promise<Subject> {
  if (wanted === 'map') return ofMap();
  const { openNode } = (await import(DIST)) as typeof import('../../src/exports/index.js');
  const node = await openNode({ dir: `${directory}/a`, name: 'a', listen: '127.0.0.1:0', clients: true });
  if (wanted === 'socket') return ofSocket(node);
  const stopPeer = wanted === 'with-peer' ? await startPeer(node) : async () => {};
  return {
    set: (key, value) => node.set(key, value),
    get: (key) => node.get(key),
    close: async () => {
      await stopPeer();
      await node.close();
    },
  };
}

function ofMap(): Subject {
  const map = new Map<string, string>();
  return {
    set: (key, value) => {
      map.set(key, value);
      return undefined;
    },
    get: (key) => map.get(key),
    close: async () => {},
  };
}

function ofSocket(node: MnemeNode): Subject {
  const redis = new Redis(Number(node.address!.split(':')[1]), '127.0.0.1', { enableAutoPipelining: true });
  return {
    set: (key, value) => redis.set(key, value),
    get: (key) => redis.get(key),
    close: async () => {
      redis.disconnect();
      await node.close();
    },
  };
}

async function startPeer(node: MnemeNode): Promise<() => Promise<void>> {
  const place = ['--name', 'b', '--listen', '127.0.0.1:0', '--dir', `${directory}/b`];
  const args = [PROGRAM, 'cluster', 'join', node.address!, ...place];
  const joined = new Promise((resolve) => node.once('member-up', resolve));
  const peer = spawn(process.execPath, args, { stdio: 'ignore' });
  await joined;
  while (node.status().members.some(({ link }) => link !== 'self' && link !== 'in-sync'))
    await new Promise((resolve) => setTimeout(resolve, 10));
  return async () => {
    const ended = once(peer, 'exit');
    peer.kill('SIGTERM');
    await ended;
  };
}

async function measure(of: Subject, entries: number): Promise<LibraryRates> {
  const order = scattered(entries);
  // Made before, as an application has them.
  const keys = Array.from({ length: entries }, (_, i) => keyText(i));
  const mixed = keys.map((_, i) => keys[order(i)]!);
  const few = mixed.slice(0, Math.ceil(entries / 10));
  return {
    writes: await rate(entries, () => writeAll(of, keys, valueText(0, 'x'), TOGETHER)),
    overwrites: await rate(entries, () => writeAll(of, mixed, valueText(0, 'y'), TOGETHER)),
    awaited: await rate(few.length, () => writeAll(of, few, valueText(0, 'z'), 1)),
    reads: await rate(entries, () => readAll(of, mixed)),
  };
}

async function rate(operations: number, action: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await action();
  return (operations * 1000) / (performance.now() - startedMs);
}

async function writeAll(of: Subject, keys: readonly string[], value: string, together: number): Promise<void> {
  let last: Promise<unknown> | undefined;
  for (let i = 0; i < keys.length; i++) {
    last = of.set(keys[i]!, value);
    if (last !== undefined && (i + 1) % together === 0) await last;
  }
  await last;
}

async function readAll(of: Subject, keys: readonly string[]): Promise<void> {
  let waiting: Promise<void>[] = [];
  for (const key of keys) {
    const value = of.get(key);
    if (typeof value === 'string' || value === undefined) check(key, value);
    else if (waiting.push(value.then((read) => check(key, read))) === TOGETHER) waiting = await settled(waiting);
  }
  await settled(waiting);
}

async function settled(waiting: Promise<void>[]): Promise<[]> {
  await Promise.all(waiting);
  return [];
}

function check(key: string, value: string | null | undefined): void {
  if (value?.length !== 100) throw new Error(`${key} is not as it was written`);
}
