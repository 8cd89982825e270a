import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeProcess } from '../e2e/processes.js';
import { figureOf, type Measured } from './figures.js';
import { RedisServer, redisServerVersion } from './redis-server.js';
import { numberText } from './report.js';

export interface StageOptions {
  /** Small sizes: to see that a scenario works, not what it measures. */
  readonly quick: boolean;
  readonly runs: number;
  /** Says what is going on, to somebody who waits. */
  readonly progress: (text: string) => void;
}

export interface NodeSpec {
  readonly memoryOnly?: boolean;
  /** Address of a member of the cluster to join. */
  readonly join?: string;
  readonly listen?: string;
  readonly flags?: readonly string[];
}

interface Killable {
  kill(): Promise<unknown>;
}

/** What a scenario plays on: its processes and directories, all of which end with it. */
export class Stage {
  readonly notes: string[] = [];
  /** The beginning of the commands that nodes are started by. */
  inside: readonly string[] = [];
  private readonly killables: Killable[] = [];
  private root: string | null = null;
  private directories = 0;

  constructor(private readonly options: StageOptions) {}

  get quick(): boolean {
    return this.options.quick;
  }

  get runs(): number {
    return this.options.runs;
  }

  size(full: number, quick: number): number {
    return this.quick ? quick : full;
  }

  progress(text: string): void {
    this.options.progress(text);
  }

  /** Says a figure to somebody who waits for all of them. */
  measured(measured: Measured): Measured {
    const { spread, ratio } = figureOf(measured);
    const against = ratio === null ? '' : `, ratio ${numberText(ratio.median)}`;
    this.progress(`${measured.figure}: ${numberText(spread.median)} ${measured.unit}${against}`);
    return measured;
  }

  /** Something that the reader of the figures should know. */
  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  leaveOut(what: string, why: string): void {
    this.note(`left out: ${what} (${why})`);
  }

  /** A new directory. */
  directory(): string {
    this.root ??= mkdtempSync(join(tmpdir(), 'mneme-bench-'));
    const path = join(this.root, String(++this.directories));
    mkdirSync(path);
    return path;
  }

  /** A node as a process of its own that is not started yet. */
  node(name: string, { memoryOnly = false, flags = [] }: NodeSpec = {}): NodeProcess {
    const node = memoryOnly
      ? new NodeProcess(name, '', ['--memory-only', ...flags], this.inside)
      : new NodeProcess(name, join(this.directory(), 'data'), flags, this.inside);
    this.owns(node);
    return node;
  }

  async startNode(name: string, spec: NodeSpec = {}): Promise<NodeProcess> {
    const node = this.node(name, spec);
    return node.start(spec.join ?? null, spec.listen);
  }

  /** redis-server with these flags; null, and a note, where it is not installed. */
  async startRedis(flags: readonly string[]): Promise<RedisServer | null> {
    const redis = this.redis(flags);
    await redis?.start();
    return redis;
  }

  /** redis-server that is not started yet. */
  redis(flags: readonly string[]): RedisServer | null {
    if (redisServerVersion() === null) {
      this.leaveOut('redis-server', 'not installed');
      return null;
    }
    const redis = new RedisServer(this.directory(), flags);
    this.owns(redis);
    return redis;
  }

  /** Whatever is handed over here is killed with the stage. */
  owns(killable: Killable): void {
    this.killables.push(killable);
  }

  async close(): Promise<void> {
    await Promise.all(this.killables.splice(0).map((one) => one.kill()));
    this.removeDirectories();
  }

  /** For the moment at which this process ends: nothing can be waited for. */
  closeNow(): void {
    for (const one of this.killables.splice(0)) void one.kill();
    this.removeDirectories();
  }

  private removeDirectories(): void {
    if (this.root !== null) rmSync(this.root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    this.root = null;
  }
}
