import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectClient } from '../../src/admin/client/client.js';
import type { StatusReply } from '../../src/admin/protocol/api.js';

const PROGRAM = resolve('bin/run.js');

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run the built `mneme` as a shell would; `inside` is a command to put before it, such as `ip netns exec NAME`. */
export function mneme(args: readonly string[], inside: readonly string[] = []): Promise<Ran> {
  const [command = '', ...rest] = [...inside, process.execPath, PROGRAM, ...args];
  return new Promise((done) => {
    execFile(command, rest, { env: environment(), maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
  });
}

export async function mnemeJson<T>(args: readonly string[], inside: readonly string[] = []): Promise<T> {
  const { code, stdout, stderr } = await mneme([...args, '--json'], inside);
  if (code !== 0 && code !== 3) throw new Error(`mneme ${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}

/** A node as a process of its own, in the foreground, as a service manager would run it. */
export class NodeProcess {
  address = '';
  /** What it printed when it served. */
  started: unknown = null;
  /** What it runs: this build, unless a test puts another one there. */
  program = PROGRAM;
  private child: ChildProcess | null = null;
  private log = '';

  constructor(
    readonly name: string,
    /** Empty: none, for a memory-only node. */
    readonly dir: string,
    private readonly flags: readonly string[] = [],
    private readonly inside: readonly string[] = [],
  ) {}

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** What the node logged so far. */
  get logText(): string {
    return this.log;
  }

  /**
   * Starts it, or starts it again, on `listen` or on the address it had; resolves when it serves.
   * @param join members to join through; empty: those that it finds
   */
  async start(join: string | null = null, listen = this.address || '127.0.0.1:0'): Promise<this> {
    const verb = join === null ? ['cluster', 'start'] : ['cluster', 'join', ...(join === '' ? [] : [join])];
    const where = this.dir === '' ? [] : ['--dir', this.dir];
    const founds = join === null && !existsSync(`${this.dir}/node.json`);
    const flags = founds ? this.flags : this.flags.filter((_, i) => !isFounding(this.flags, i));
    const trusts = listen.startsWith('127.') || flags.includes('--secret-file') ? [] : ['--trust-network'];
    const args = [...verb, '--name', this.name, ...where, '--listen', listen, '--json', ...trusts, ...flags];
    const [command = '', ...rest] = [...this.inside, process.execPath, this.program, ...args];
    const child = spawn(command, rest, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let out = '';
    child.stderr.on('data', (chunk) => {
      this.log += String(chunk);
    });
    await new Promise<void>((done, fail) => {
      child.stdout.on('data', (chunk) => {
        out += String(chunk);
        if (out.trimEnd().endsWith('}')) done();
      });
      child.once('exit', (code) => fail(new Error(`${this.name} ended with ${code}:\n${out}${this.log}`)));
    });
    this.started = JSON.parse(out);
    const { address } = this.started as { address?: string };
    if (address === undefined) throw new Error(`${this.name} did not start:\n${out}${this.log}`);
    this.address = address;
    return this;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = this.child;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  }

  get exited(): Promise<number | null> {
    const child = this.child;
    if (child === null) return Promise.resolve(null);
    if (child.exitCode !== null) return Promise.resolve(child.exitCode);
    return once(child, 'exit').then(([code]) => code as number | null);
  }
}

/** The first stack trace in a node's log: there is none unless the node has a fault. */
export function loggedFault(logText: string): string | null {
  return /.*\n {4}at .*(\n {4}at .*){0,4}/.exec(logText)?.[0] ?? null;
}

/** A place for data directories that is gone after the tests. */
export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'mneme-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 10 }) };
}

export async function statusOf(address: string): Promise<StatusReply> {
  const client = await connectClient(address, { replyTimeoutMs: 5000 });
  try {
    return await client.call('STATUS', {});
  } finally {
    client.close();
  }
}

/** Wait for a condition; fails with what was waited for. */
export async function until(what: string, condition: () => Promise<boolean>, timeoutMs = 30_000): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadlineMs) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export function isInSync(status: StatusReply): boolean {
  if (status.incidents.length > 0) return false;
  return status.members.every((one) => one.link === 'self' || (one.link === 'in-sync' && one.lagWrites === 0));
}

export async function untilInSync(...nodes: readonly { address: string }[]): Promise<void> {
  for (const node of nodes) {
    await until(`${node.address} is in sync with ${nodes.length} members`, async () => {
      const status = await statusOf(node.address).catch(() => null);
      return status !== null && status.members.length === nodes.length && isInSync(status);
    });
  }
}

/** --new, --on-heal and --failure-timeout, with their values: for the first start of a founder alone. */
function isFounding(flags: readonly string[], at: number): boolean {
  const valued = ['--on-heal', '--failure-timeout'];
  return flags[at] === '--new' || valued.includes(flags[at] ?? '') || valued.includes(flags[at - 1] ?? '');
}

function environment(): NodeJS.ProcessEnv {
  const { MNEME_NODE: _node, NODE_OPTIONS: _options, ...rest } = process.env;
  // Whoever runs the tests may have contexts.
  const config = rest.TEST_CONFIG_HOME ?? join(tmpdir(), 'mneme-no-config');
  // Prose is looked for as it is written: wide enough that none is wrapped.
  return { ...rest, NO_COLOR: '1', COLUMNS: '1000', XDG_CONFIG_HOME: config };
}
