import { fullKey } from '../../core/model/entry.js';
import type { Command } from './apply-outcome.js';
import { CommandKeys } from './command-keys.js';
import type { Evictions } from './evictions.js';
import { idOf } from './ledger.js';
import type { Ports } from './ports.js';
import { ReplicaStream } from './replica-stream.js';
import type { RedisReply } from './reply-parser.js';
import { NODES_CHANNEL, type ReportListener } from './reports.js';
import { NotMaster, type ServerInfo } from './server-info.js';
import type { ReadValue } from './state.js';
import { type ChangeTaker, StreamChanges } from './stream-changes.js';
import type { RedisTarget } from './target.js';
import { Told } from './told.js';

type Ask = (...args: string[]) => Promise<RedisReply>;

/** Hears of changes by the replication stream instead of by the tracking: see {@link ReplicaStream} and {@link Told}. */
export class ReplicaCapture implements ChangeTaker {
  private readonly told = new Told();
  private stream!: ReplicaStream;
  private isPassing = false;

  private constructor(
    private readonly database: number,
    private readonly ask: Ask,
    private readonly listener: Pick<ReportListener, 'changed' | 'flushed'>,
    private readonly evictions: Evictions,
    private readonly ports: Ports,
  ) {}

  /** Tells of all that is changed after it has resolved. */
  static async open(
    target: RedisTarget,
    info: ServerInfo,
    ask: Ask,
    listener: ReportListener,
    evictions: Evictions,
    ports: Ports,
  ): Promise<ReplicaCapture> {
    const capture = new ReplicaCapture(target.database, ask, listener, evictions, ports);
    const marker = `database of ${ports.random()}`;
    const changes = new StreamChanges(target, new CommandKeys(await ask('COMMAND')), capture, marker);
    capture.stream = await ReplicaStream.open(target, info, changes, (error) => listener.ended(error), ports);
    // The stream names a database when another one is written to. This says which one it is at.
    await ask('PUBLISH', NODES_CHANNEL, marker);
    return capture;
  }

  // ---- what the stream tells

  changed(id: string): void {
    this.told.drop(id);
    this.listener.changed(id);
  }

  deleted(id: string): void {
    this.evictions.deleted(id);
    this.changed(id);
  }

  set(id: string, value: Buffer, expiryMs: number): void {
    // A key that waits was reported when it began to.
    if (!this.told.set(id, value, expiryMs)) this.listener.changed(id);
  }

  flushed(): void {
    this.told.clear();
    this.listener.flushed();
  }

  isOwn(command: string, id: string, value: Buffer | null): boolean {
    return this.told.isOwn(command, id, value);
  }

  // ---- what the node does

  /** The value that a key was set to, if it is known. */
  take(id: string): ReadValue | undefined {
    return this.told.take(id);
  }

  /** To be called before the server is asked about keys. */
  asks(keys: readonly Buffer[]): void {
    for (const key of keys) this.told.ask(idOf(fullKey(this.database, key)));
    this.passSoon();
  }

  /** To be called before the server is told to write. */
  writes(id: string, command: Command): void {
    this.told.writes(id, command);
    this.passSoon();
  }

  /** It was not carried out. */
  wasNotWritten(id: string): void {
    if (this.told.wasNotWritten(id)) this.changed(id);
  }

  /** Resolves once all is told that was changed before. */
  async fence(): Promise<void> {
    const reply = await this.ask('ROLE');
    const [role, offset] = Array.isArray(reply) ? reply : [];
    if (String(role) !== 'master') throw new NotMaster('it is a replica by now');
    await this.stream.reach(Number(offset));
  }

  get id(): number {
    return this.stream.id;
  }

  get silentMs(): number {
    return this.stream.silentMs;
  }

  serverIsEnding(): void {
    this.stream.serverIsEnding();
  }

  pause(): void {
    this.stream.pause();
  }

  resume(): void {
    this.stream.resume();
  }

  close(): void {
    this.stream.close();
  }

  /** Once the questions of this turn are sent: what is asked then is answered after them. */
  private passSoon(): void {
    if (this.isPassing) return;
    this.isPassing = true;
    this.ports.soon(() => {
      this.told.beginPass();
      // A connection that ends takes all of it along.
      this.fence().then(
        () => this.passed(),
        () => {},
      );
    });
  }

  private passed(): void {
    this.told.endPass();
    this.isPassing = false;
    if (this.told.hasAsked) this.passSoon();
  }
}
