import { cpSync, existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inside, run, tryTo } from '../e2e/hosts.js';
import { NodeProcess } from '../e2e/processes.js';
import type { SetBack } from './history.js';

const DISK_KIB = 96 * 1024;
export const PORT = 7379;
const RESTART_MS = 500;
const ATTEMPTS_MAX = 60;
/** Until it serves it has to read its disk and to wait for its peers, on a machine with other work. */
const START_MS_MAX = 120_000;

/** Libraries that are preloaded into nodes; null: there is none here. */
export interface Libraries {
  readonly faketime: string | null;
  readonly failingSync: string | null;
}

/** A host of the network with a disk, a clock and a node of its own. */
export class Machine {
  readonly node: NodeProcess;
  readonly setBacks: SetBack[] = [];
  /** When its processes have ended without a word. */
  readonly endedMs: number[] = [];
  /** What went wrong that nobody injected. */
  readonly surprises: string[] = [];
  private readonly disk: string;
  private readonly copy: string;
  private readonly clock: string;
  private readonly syncFault: string;
  private copiedMs = 0;
  private starting: Promise<void> = Promise.resolve();
  private isWanted = false;
  private isRunning = false;
  private isFull = false;

  constructor(
    readonly name: string,
    private readonly ip: string,
    place: string,
    { faketime, failingSync }: Libraries,
    flags: readonly string[],
    /** Where it finds the others, if it keeps nothing: each of its starts is that of a new member. null: it has a disk. */
    private readonly ways: readonly string[] | null = null,
  ) {
    const at = (what: string): string => join(place, `${name}-${what}`);
    this.disk = at('disk');
    this.copy = at('copy');
    this.clock = at('clock');
    this.syncFault = at('sync-fault');
    mkdirSync(this.disk);
    run('mount', '-t', 'tmpfs', '-o', `size=${DISK_KIB}k`, 'tmpfs', this.disk);
    this.stepClock(0);
    const environment = [
      `LD_PRELOAD=${[faketime, failingSync].filter((path) => path !== null).join(':')}`,
      `FAKETIME_TIMESTAMP_FILE=${this.clock}`,
      'FAKETIME_CACHE_DURATION=1',
      'FAKETIME_DONT_FAKE_MONOTONIC=1',
      `FAILING_SYNC_FILE=${this.syncFault}`,
    ];
    const directory = this.isMemoryOnly ? '' : join(this.disk, 'data');
    this.node = new NodeProcess(name, directory, flags, [...inside(name), 'env', ...environment]);
  }

  get address(): string {
    return `${this.ip}:${PORT}`;
  }

  get isMemoryOnly(): boolean {
    return this.ways !== null;
  }

  /** Empty: it has none. */
  get directory(): string {
    return this.node.dir;
  }

  /** As a service manager does: until it serves, or is to be killed. On a disk that fails it may take some attempts. */
  start(join: string | null = null): Promise<void> {
    this.isWanted = true;
    this.starting = this.attempt(this.ways?.join(',') ?? join);
    return this.starting;
  }

  async kill(): Promise<void> {
    this.isWanted = false;
    this.isRunning = false;
    await this.node.kill('SIGKILL');
    this.endedMs.push(Date.now());
    await this.starting;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) process.kill(this.node.pid, signal);
  }

  /** Hardly a byte more goes onto the disk than is there, also if the node writes just now. */
  fillDisk(): void {
    for (let spareKib = 0; ; spareKib += 64) {
      const { blocks, bfree, bsize } = statfsSync(this.disk);
      if (this.resizeDisk(Math.ceil(((blocks - bfree) * bsize) / 1024) + spareKib)) return;
    }
  }

  emptyDisk(): void {
    this.resizeDisk(DISK_KIB);
  }

  failSyncs(): void {
    writeFileSync(this.syncFault, '');
  }

  mendSyncs(): void {
    rmSync(this.syncFault, { force: true });
  }

  /** The wall clock of this machine alone; its monotonic clock goes on. */
  stepClock(seconds: number): void {
    writeFileSync(this.clock, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  }

  /** While the node does not run. */
  copyDirectory(): void {
    rmSync(this.copy, { recursive: true, force: true });
    cpSync(this.directory, this.copy, { recursive: true, preserveTimestamps: true });
    this.copiedMs = Date.now();
  }

  /** While the node does not run. */
  putBack(): void {
    if (!existsSync(this.copy)) return;
    rmSync(this.directory, { recursive: true });
    cpSync(this.copy, this.directory, { recursive: true, preserveTimestamps: true });
    this.setBacks.push({ node: this.name, copiedMs: this.copiedMs, putBackMs: Date.now() });
  }

  /** All that it was asked to bear ends, and it runs. */
  async mend(): Promise<void> {
    this.emptyDisk();
    this.mendSyncs();
    this.stepClock(0);
    this.signal('SIGCONT');
    await this.starting;
    if (!this.isRunning) await this.start();
  }

  // -------------------------------------------------------------------------------------------------------------------

  private async attempt(join: string | null): Promise<void> {
    for (let attempts = 0; this.isWanted; attempts++) {
      const isStruck = this.isStruck;
      try {
        await Promise.race([this.node.start(join, this.address), this.isLate()]);
        this.isRunning = true;
        this.watch();
        return;
      } catch (error) {
        const { message } = error as Error;
        if (this.isWanted && !isStruck && !this.isStruck && !this.isAlone(message)) this.surprises.push(message);
        if (attempts > ATTEMPTS_MAX) return;
        await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
      }
    }
  }

  /** Resolves when it should have served long ago. */
  private async isLate(): Promise<void> {
    const { pid } = this.node;
    await new Promise((resolve) => setTimeout(resolve, START_MS_MAX).unref());
    if (this.isWanted && !this.isRunning && this.node.pid === pid)
      this.surprises.push(`${this.name} does not serve after ${START_MS_MAX / 1000} s`);
  }

  private resizeDisk(kib: number): boolean {
    this.isFull = kib < DISK_KIB;
    return tryTo('mount', '-o', `remount,size=${kib}k`, this.disk);
  }

  /** A joiner that reaches nobody ends, and is started again. */
  private isAlone(message: string): boolean {
    return this.isMemoryOnly && message.includes('"code": "not-reachable"');
  }

  private get isStruck(): boolean {
    return this.isFull || existsSync(this.syncFault);
  }

  private watch(): void {
    const { pid } = this.node;
    void this.node.exited.then((code) => {
      if (this.node.pid !== pid) return;
      this.isRunning = false;
      if (this.isWanted) this.surprises.push(`${this.name} ended by itself with ${code}`);
    });
  }
}
