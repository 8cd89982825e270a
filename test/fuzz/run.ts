import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { askAs } from '../../src/admin/client/credentials.js';
import { LINK_PREAMBLE } from '../../src/links/frame.js';
import { userAdd } from '../../src/operations/user/user.js';
import { loggedFault, NodeProcess } from '../e2e/processes.js';
import { Prng } from '../sim/prng.js';
import { Directories } from './directories.js';
import { mutated, noise } from './mutate.js';
import { inPieces, requests } from './requests.js';
import { falseProof, Sealed, saidYes } from './sealed.js';
import { request, talk } from './talk.js';
import { Tap } from './tap.js';
import { verbs } from './verbs.js';

export interface FuzzOptions {
  readonly minutes: number;
  readonly seed: number;
  log(text: string): void;
}

const ADA = { name: 'ada', password: 'the password of ada' };
const APP = { name: 'app', password: 'the password of app' };
const LOGIN = request('AUTH', ADA.name, ADA.password);
const PREAMBLE_BYTES = LINK_PREAMBLE.length;
const SLOW_US = '50000';
const CALM_MS = 2000;
const GROWTH_MAX_MIB = 200;
/** What other clients may wait for; where processors are shared, that much beyond twice what those of a node wait that nobody attacks. */
const WAIT_MAX_MS = 100;
/** A short run is one of many checks, on a machine with other work. */
const SHORT_MINUTES = 2;
const WAIT_MAX_MS_SHORT = 2000;

/** Sends what no client, node or operator would send, and says what came of it that should not have. */
export async function fuzz({ minutes, seed, log }: FuzzOptions): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'mneme-fuzz-'));
  const findings: string[] = [];
  const limits = ['--limit', 'value=64kb'];
  const a = new NodeProcess('a', join(dir, 'a'), limits);
  const b = new NodeProcess('b', join(dir, 'b'), limits);
  const closed = new NodeProcess('closed', join(dir, 'closed'), limits);
  const nodes = [a, b, closed];
  let sealed: Sealed;
  try {
    await a.start();
    const tap = await Tap.before(a.address);
    await b.start(tap.address);
    await closed.start();
    await giveUsers(closed.address);
    sealed = await Sealed.in(dir, nodes, limits, ADA, APP);
    await keepSafe(sealed.plainAddress);
    // Each by itself: one that keeps its clients waiting does not hide behind the others.
    const attacked = [a, closed, { name: 'sealed', address: sealed.plainAddress }];
    const watchers = attacked.map((node) => new Watcher(node));
    // Nobody attacks it: what its client waits for is the machine.
    const bystander = new Watcher(b);
    for (const { address } of [a, closed])
      await talk(address, [LOGIN, request('CONFIG', 'SET', 'slowlog-log-slower-than', SLOW_US)]);
    await pause(CALM_MS);
    const calm = await Promise.all(watchers.map((watcher) => watcher.told()));
    await bystander.told();
    const residentBefore = nodes.map(({ pid }) => residentMib(pid));
    const sent = await attack({
      a,
      closed,
      sealed,
      tap,
      dir,
      findings,
      random: new Prng(seed),
      untilMs: Date.now() + minutes * 60_000,
    });
    const busy = await Promise.all(watchers.map((watcher) => watcher.told()));
    const beside = await bystander.told();
    findings.push(...[...calm, ...busy, beside].flatMap(({ failures }) => failures));
    log(
      `sent: ${Object.entries(sent)
        .map(([what, count]) => `${what} ${count}`)
        .join(', ')}`,
    );
    log(`clients of a node that nobody attacked waited ${waitText(beside)}`);
    for (const [i, { name }] of attacked.entries())
      log(`other clients of ${name} waited ${waitText(busy[i]!)}; before ${waitText(calm[i]!)}`);
    const waitMaxMs = minutes < SHORT_MINUTES ? WAIT_MAX_MS_SHORT : WAIT_MAX_MS;
    for (const [i, { name }] of attacked.entries()) {
      const told = busy[i]!;
      if (told.p99Ms > waitMaxMs + 2 * beside.p99Ms) findings.push(`other clients of ${name} waited ${waitText(told)}`);
    }
    for (const { name, address } of [a, closed])
      log(`slow at ${name}: ${slowIn(await talk(address, [LOGIN, request('SLOWLOG', 'GET')]))}`);
    await pause(CALM_MS);
    for (const [i, { name, pid }] of nodes.entries()) {
      const grown = residentMib(pid) - residentBefore[i]!;
      log(`${name} takes ${grown.toFixed(0)} MiB more than before`);
      if (grown > GROWTH_MAX_MIB) findings.push(`${name} has grown by ${grown} MiB`);
    }
    for (const address of [closed.address, sealed.plainAddress]) findings.push(...(await lost(address)));
    await Promise.all([...watchers, bystander].map((watcher) => watcher.end()));
  } finally {
    for (const node of nodes) findings.push(...faultsIn(node));
    await Promise.all(nodes.map((node) => node.kill()));
    rmSync(dir, { recursive: true, force: true });
    askAs(() => null);
  }
  return findings;
}

// ---

interface Attack {
  readonly a: NodeProcess;
  readonly closed: NodeProcess;
  readonly sealed: Sealed;
  readonly tap: Tap;
  readonly dir: string;
  readonly findings: string[];
  readonly random: Prng;
  readonly untilMs: number;
}

/** All kinds at the same time. Returns how much was sent of each. */
async function attack({
  a,
  closed,
  sealed,
  tap,
  dir,
  findings,
  random,
  untilMs,
}: Attack): Promise<Record<string, number>> {
  const directories = await Directories.in(join(dir, 'directories'));
  const login = request('AUTH', APP.name, APP.password);
  const recorded = () => random.pick(tap.links);
  const look = (what: string, answer: Buffer) => {
    const text = answer.toString('latin1');
    const at = text.search(/internal error/);
    if (at >= 0 && findings.length < 20) findings.push(`${what}: ${text.slice(at, at + 300)}`);
  };
  const kinds: Record<string, () => Promise<unknown>> = {
    'requests of anybody': async () => look('a client', await talk(a.address, requests(random, true))),
    'requests without a user': async () => look('a client', await talk(closed.address, requests(random, false))),
    'requests of a user': async () => look('a user', await talk(closed.address, [login, ...requests(random, false)])),
    'admin requests': async () => look('an operator', await talk(a.address, verbs(random))),
    'broken TLS': () => talk(sealed.node.address, inPieces(random, sealed.brokenTls(random))),
    'requests by TLS': async () => look('by TLS', await sealed.asClient(requests(random, false))),
    'requests by TLS around AUTH': async () =>
      look('a user by TLS', await sealed.asClient(around(random, login, requests(random, false)))),
    'false proofs': async () => {
      const proof = [...falseProof(random), ...requests(random, false)];
      const answer = await (random.chance(0.5) ? sealed.asClient(proof) : talk(sealed.plainAddress, proof));
      if (saidYes(answer)) findings.push(`a proof without the secret was taken: ${answer.toString('hex')}`);
    },
    'links without the secret': () => sealed.asClient(inPieces(random, linkLike(random, recorded()))),
    'links with the secret': () =>
      sealed.withSecret('link', inPieces(random, linkLike(random, recorded()).subarray(PREAMBLE_BYTES))),
    'admin requests with the secret': async () =>
      look('an operator with the secret', await sealed.withSecret('client', verbs(random))),
    'link traffic': () => talk(a.address, inPieces(random, linkLike(random, recorded()))),
    directories: async () => {
      const finding = await directories.tryOne(random);
      if (finding !== null && findings.length < 20) findings.push(finding);
    },
  };
  const sent: Record<string, number> = {};
  await Promise.all(
    Object.entries(kinds).map(async ([what, once]) => {
      sent[what] = 0;
      const line = async () => {
        for (; Date.now() < untilMs; sent[what]!++) await once();
      };
      await Promise.all(Array.from({ length: FEW[what] ?? LINES }, line));
    }),
  );
  const { opened, refused } = directories;
  return { ...sent, 'directories opened': opened, 'directories refused': refused };
}

/** So many connections of a kind at a time: each waits for answers that may not come. */
const LINES = 6;
/** Where each costs much more, at this end too: what is measured is what others wait for. */
const FEW: Readonly<Record<string, number>> = {
  directories: 1,
  'requests by TLS': 2,
  'requests by TLS around AUTH': 2,
  'false proofs': 2,
  'links without the secret': 2,
  'links with the secret': 2,
  'admin requests with the secret': 2,
};

/** The preamble mostly stays, or it would be a client. */
function linkLike(random: Prng, stream: Buffer): Buffer {
  const preamble = stream.subarray(0, PREAMBLE_BYTES);
  const end = random.chance(0.5) ? stream.length : random.between(PREAMBLE_BYTES, stream.length);
  const rest = stream.subarray(PREAMBLE_BYTES, end);
  return Buffer.concat([preamble, mutated(random, rest)]);
}

/** Somebody says who he is in the middle of it, once or more often, right or nearly so. */
function around(random: Prng, login: Buffer, pieces: readonly Buffer[]): Buffer[] {
  const before = random.chance(0.5) ? [noise(random, 40)] : requests(random, false);
  const logins = Array.from({ length: random.between(1, 3) }, () =>
    random.chance(0.4) ? mutated(random, login) : login,
  );
  return [...(random.chance(0.7) ? before : []), ...logins, ...pieces, ...(random.chance(0.2) ? [login] : [])];
}

async function giveUsers(address: string): Promise<void> {
  await userAdd(address, ADA.name, 'admin', undefined, async () => ADA.password);
  askAs(() => ADA);
  await userAdd(address, APP.name, 'write', Buffer.from('k'), async () => APP.password);
  await keepSafe(address);
}

async function keepSafe(address: string): Promise<void> {
  const writes = Array.from({ length: KEPT }, (_, i) => request('SET', `safe:${i}`, `${i}`));
  await talk(address, [request('AUTH', ADA.name, ADA.password), ...writes]);
}

const KEPT = 100;

/** What clients without the right to it have changed. */
async function lost(address: string): Promise<string[]> {
  const reads = Array.from({ length: KEPT }, (_, i) => request('GET', `safe:${i}`));
  const answer = await talk(address, [request('AUTH', ADA.name, ADA.password), ...reads]);
  const expected = Array.from({ length: KEPT }, (_, i) => `$${String(i).length}\r\n${i}\r\n`).join('');
  return answer.toString() === `+OK\r\n${expected}` ? [] : [`keys that nobody may write have changed: ${answer}`];
}

/** A node that has ended, and faults in its log. */
function faultsIn({ name, pid, logText }: NodeProcess): string[] {
  const isAlive = (() => {
    try {
      return pid > 0 && process.kill(pid, 0);
    } catch {
      return false;
    }
  })();
  const stack = loggedFault(logText);
  return [
    ...(isAlive ? [] : [`${name} has ended: ${logText.slice(-2000)}`]),
    ...(stack === null ? [] : [`${name} logged a fault: ${stack}`]),
  ];
}

function residentMib(pid: number): number {
  const match = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(match?.[1] ?? 0) / 1024;
}

interface Told {
  readonly count: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly failures: string[];
}

/** What took long, in microseconds, and what was asked for, of the reply of SLOWLOG GET. */
function slowIn(reply: Buffer): string {
  const found = [...reply.toString('latin1').matchAll(/:(\d+)\r\n\*\d+\r\n((?:\$\d+\r\n[^\r]*\r\n){1,4})/g)];
  const rows = found.map(
    ([, took, args]) => `${took} µs ${JSON.stringify(args!.replace(/\$\d+\r\n|\r\n/g, ' ').slice(0, 100))}`,
  );
  return rows.length === 0 ? 'nothing' : rows.slice(0, 8).join(', ');
}

function waitText({ p99Ms, maxMs }: Told): string {
  return `${maxMs.toFixed(0)} ms at most (p99 ${p99Ms.toFixed(0)})`;
}

class Watcher {
  private readonly worker: Worker;

  constructor({ name, address }: Pick<NodeProcess, 'name' | 'address'>) {
    const hasUsers = name === 'closed' || name === 'sealed';
    const hello = (hasUsers ? request('AUTH', ADA.name, ADA.password) : request('PING')).toString();
    this.worker = new Worker(new URL('./watcher.js', import.meta.url), { workerData: { name, address, hello } });
  }

  told(): Promise<Told> {
    return new Promise((resolve) => {
      this.worker.once('message', resolve);
      this.worker.postMessage('tell');
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
