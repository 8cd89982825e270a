import type { ReplyWriter } from './codec/reply-writer.js';
import type { Keyspace } from './keyspace.js';

/** Takes part in a round. */
export interface Participant {
  /** The commit takes its time: execute nothing until the replies are sent. */
  hold(): void;
  /** The replies may go out now. Gives whether they are all with the kernel, so that their memory may be used again. */
  sendReplies(): boolean;
  /** Whatever comes next. */
  proceed(): void;
  /** The commit failed: nothing can be promised. */
  fail(error: unknown): void;
}

/**
 * One turn of the event loop over all connections: whoever has bytes executes what they ask for, and at the end of the turn
 * there is one commit for all, and then all replies leave, one write for each connection. So a commit costs the same however
 * many clients share it, and clients are woken one after the other instead of each in the middle of the work for the next.
 */
export class Round {
  private participants: Participant[] = [];

  constructor(
    private readonly keyspace: Keyspace,
    private readonly writer: ReplyWriter,
  ) {}

  /** To be called once before what `participant` executes in this turn. */
  join(participant: Participant): void {
    if (this.participants.push(participant) === 1) setImmediate(() => this.end());
  }

  // ---

  private end(): void {
    const { participants } = this;
    this.participants = [];
    let committed: Promise<void> | undefined;
    try {
      committed = this.keyspace.committed();
    } catch (error) {
      for (const participant of participants) participant.fail(error);
      return;
    }
    if (committed === undefined) this.send(participants);
    else this.sendLater(participants, committed);
  }

  private send(participants: readonly Participant[]): void {
    let isOut = true;
    for (const participant of participants) if (!participant.sendReplies()) isOut = false;
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
      (error: unknown) => {
        for (const participant of participants) participant.fail(error);
      },
    );
  }
}
