import type { ReplyWriter } from './codec/reply-writer.js';
import { type Keyspace, RespError } from './keyspace.js';

/** Takes part in a round. */
export interface Participant {
  /** The commit takes its time: execute nothing until the replies are sent. */
  hold(): void;
  /**
   * The replies may go out now. Returns whether they are all with the kernel, so that their memory may be used again.
   * `failure`: the commit failed, and this is what a client that wrote gets instead.
   */
  sendReplies(failure?: RespError): boolean;
  /** Whatever comes next. */
  proceed(): void;
  /** The commit failed: nothing can be promised. */
  fail(error: unknown): void;
}

/**
 * One turn of the event loop over all connections: whoever has bytes executes what they ask for, and at the end of the turn
 * there is one commit for all, and then all replies leave, one write for each connection. So a commit costs the same however
 * many clients share it, and clients are woken one after the other instead of each in the middle of the work for the next.
 *
 * A round has some milliseconds for executing, whoever asks for how much: what is left then is for the next one, so that
 * clients with little to ask, links and timers are not kept waiting by one with much.
 */
export class Round {
  private participants: Participant[] = NOBODY;
  private isOpen = false;
  private isOver = false;
  private endsAtMs = 0;
  private unweighed = 0;
  /** There is one for each round: a closure of its own would be garbage. */
  private readonly atEnd = () => this.end();

  constructor(
    private readonly keyspace: Keyspace,
    private readonly writer: ReplyWriter,
  ) {}

  /** To be called before anything is executed. */
  begin(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.isOver = false;
    this.endsAtMs = performance.now() + ROUND_MS;
    setImmediate(this.atEnd);
  }

  /** The replies of `participant` are to be sent at the end; to be called once a round. */
  join(participant: Participant): void {
    // A list that grows by its first element is given room for seventeen.
    if (this.participants.length === 0) this.participants = [participant];
    else this.participants.push(participant);
  }

  /** Returns whether there is time for more, after work of so much weight: 1 for a short request, HEAVY for what may be more. */
  hasTime(weight: number): boolean {
    this.unweighed += weight;
    if (this.unweighed >= HEAVY) {
      this.unweighed = 0;
      this.isOver = performance.now() >= this.endsAtMs;
    }
    return !this.isOver;
  }

  // ---

  private end(): void {
    const { participants } = this;
    this.participants = NOBODY;
    this.isOpen = false;
    if (participants.length === 0) return;
    let committed: Promise<void> | undefined;
    try {
      committed = this.keyspace.committed();
    } catch (error) {
      return this.failed(participants, error);
    }
    if (committed === undefined) this.send(participants);
    else this.sendLater(participants, committed);
  }

  /** Those who only read are answered all the same. */
  private failed(participants: readonly Participant[], error: unknown): void {
    if (error instanceof RespError) return this.send(participants, error);
    for (const participant of participants) participant.fail(error);
  }

  private send(participants: readonly Participant[], failure?: RespError): void {
    let isOut = true;
    for (const participant of participants) if (!participant.sendReplies(failure)) isOut = false;
    if (isOut) this.writer.reuse();
    else this.writer.leave();
    for (const participant of participants) participant.proceed();
  }

  private sendLater(participants: readonly Participant[], committed: Promise<void>): void {
    this.writer.leave();
    for (const participant of participants) participant.hold();
    committed.then(
      () => {
        for (const participant of participants) {
          participant.sendReplies();
          participant.proceed();
        }
      },
      (error: unknown) => this.failed(participants, error),
    );
  }
}

// ---

const ROUND_MS = 4;
/** Stays empty. */
const NOBODY: Participant[] = [];
/** The clock is looked at after so much work, since a look takes as long as a third of a short request. */
export const HEAVY = 64;
