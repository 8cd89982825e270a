import type { Context } from '../context.js';
import type { ReplicaId } from '../model/version.js';
import type { Hello } from '../replication/messages.js';
import type { Liveness } from './liveness.js';
import { latestBootOf } from './setbacks.js';

/** The number of beats within which a live instance is heard, and an ended one no longer is. */
const PATIENCE_BEATS = 2;
/** Two instances of a replica are named for this many failure timeouts after the later one last knocked. */
const NAMED_TIMEOUTS = 12;
const KIND = 'second-instance';

/**
 * R14: of two live instances of one replica the later one is refused. A hello from an instance other than the known one
 * usually means that a node was restarted, but it may come from a clone beside the original. So it waits until
 * - the known one has been silent for two beats, or has said goodbye: it has ended, and the new one is welcome;
 * - the known one echoes a beat that was sent after the new one came: both are alive.
 */
export class Instances {
  private readonly waiting = new Map<number, { hello: Hello; beats: number; sinceMs: number }>();
  /** Instances that said goodbye. */
  private readonly ended = new Map<ReplicaId, number>();
  private readonly refusedAtMs = new Map<ReplicaId, number>();

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
  ) {}

  /** What to do about the sender of a hello: let it in, let it wait, or refuse it, since a later start is known. */
  judge({ replica, boot }: Hello): 'welcome' | 'wait' | 'passed' {
    const existing = this.context.peers.get(replica);
    if (existing !== undefined && existing.hello.boot !== boot) return boot < existing.hello.boot ? 'passed' : 'wait';
    if (existing === undefined && latestBootOf(this.context, replica, boot) > boot) return 'passed';
    return existing === undefined && this.isHeard(replica, boot) ? 'wait' : 'welcome';
  }

  wait(link: number, hello: Hello): void {
    this.waiting.set(link, { hello, beats: this.liveness.beats, sinceMs: this.context.ports.monoMs() });
    const existing = this.context.peers.get(hello.replica);
    if (existing !== undefined) this.liveness.beatTo(existing);
  }

  down(link: number): void {
    this.waiting.delete(link);
  }

  saidGoodbye(replica: ReplicaId, boot: number): void {
    this.ended.set(replica, boot);
  }

  /** Links whose instance need not wait any more, and what became of it. To be called in every tick. */
  settle(): { link: number; hello: Hello; outcome: 'welcome' | 'passed' | 'second' | 'late' }[] {
    const settled: ReturnType<Instances['settle']> = [];
    for (const [link, { hello, beats, sinceMs }] of this.waiting) {
      const verdict = this.judge(hello);
      const isSecond = verdict === 'wait' && this.livedAfter(hello.replica, beats);
      const isLate = this.context.ports.monoMs() - sinceMs > this.liveness.timeoutMs;
      if (verdict === 'wait' && !isSecond && !isLate) continue;
      this.waiting.delete(link);
      settled.push({ link, hello, outcome: isSecond ? 'second' : verdict === 'wait' ? 'late' : verdict });
    }
    this.forgetRefused();
    return settled;
  }

  /** Name both, with their addresses. Returns the words for the one that is refused. */
  refuse(hello: Hello): string {
    const { records, problems, peers, ports } = this.context;
    const { replica, name, address } = hello;
    const original = peers.get(replica)?.hello.address ?? records.member(replica)?.address ?? '?';
    this.refusedAtMs.set(replica, ports.monoMs());
    problems.note(
      KIND,
      replica,
      `${name} runs twice: at ${original}, and from a copy of its directory at ${address}, which was started later and is refused`,
      { code: 'end-instance', original },
    );
    return `${name} (replica ${replica}) runs at ${original} already: this instance at ${address} was started later, from a copy of its directory`;
  }

  // ---------------------------------------------------------------------------------------------

  /** Whether another instance of the replica was heard just now, over whatever path. */
  private isHeard(replica: ReplicaId, boot: number): boolean {
    const heard = this.liveness.heardOf(replica);
    if (heard === undefined || heard.boot === boot || heard.boot === 0) return false;
    if (this.ended.get(replica) === heard.boot) return false;
    return this.context.ports.monoMs() - heard.atMs < PATIENCE_BEATS * this.liveness.intervalMs;
  }

  private livedAfter(replica: ReplicaId, beats: number): boolean {
    const echo = this.context.peers.get(replica)?.beat?.echo;
    return echo != null && echo.count > beats;
  }

  private forgetRefused(): void {
    const nowMs = this.context.ports.monoMs();
    for (const [replica, atMs] of this.refusedAtMs) {
      if (nowMs - atMs < NAMED_TIMEOUTS * this.liveness.timeoutMs) continue;
      this.refusedAtMs.delete(replica);
      this.context.problems.clear(KIND, replica);
    }
  }
}
