import type { Socket } from 'node:net';
import type { Bytes } from '../../core/model/bytes.js';
import type { Counted } from './client-memory.js';
import { readInPlace } from './client-socket.js';
import type { ArgumentList } from './codec/argument-list.js';
import { errorReply, isPush, type Reply } from './codec/reply.js';
import type { ReplyWriter } from './codec/reply-writer.js';
import { ProtocolError, type RequestLimits, RequestParser, UNAUTHENTICATED_LIMITS } from './codec/request-parser.js';
import { newShortRequest, SHORT_BATCH } from './codec/short-request.js';
import { isPromise } from './commands/perform.js';
import { dispatch } from './dispatch.js';
import { isHttp } from './http-words.js';
import type { RespError } from './keyspace.js';
import { Output, type OutputLimits } from './output.js';
import type { Deliveries, Recipient } from './pubsub/deliveries.js';
import { Mailbox } from './pubsub/mailbox.js';
import { HEAVY, type Participant, type Round } from './round.js';
import type { ConnectionHandle, Context, Host, Session } from './session.js';
import { canTakeShort, performAtOnce, performShort, permitted } from './shortcut.js';

/** What a connection needs of its listener. */
export interface ConnectionHost extends Host {
  readonly requestLimits: RequestLimits;
  readonly outputLimits: OutputLimits;
  /** Shared by all connections: each takes its replies before another one writes. */
  readonly writer: ReplyWriter;
  readonly round: Round;
  readonly deliveries: Deliveries;
  /** The listener is closing: a connection ends as soon as it has answered what it has read. */
  readonly isClosing: boolean;
}

/**
 * One client's connection. Its state is `busy` or not:
 *
 * - Not busy: bytes that arrive are executed as far as they are complete, and the replies wait for the end of the round, in
 *   which they are committed and sent. It stops early at a command that answers later, once the round's time is over, or
 *   after as many bytes of replies as a turn may have.
 * - Busy: that end, a commit, a slow command, or room in the output is waited for. Bytes that arrive are kept, up to
 *   READ_AHEAD_BYTES, then the socket is paused. `proceed` decides what comes next.
 *
 * So replies leave in the order of the requests, and what a client can make the node hold is bounded.
 */
export class Connection implements Participant, Counted, ConnectionHandle, Recipient {
  private readonly parser: RequestParser;
  private readonly output: Output;
  private readonly context: Context;
  private readonly socket: Socket;
  private busy = false;
  /** Bytes may be waiting in the parser that no turn has looked at. */
  private hasUnread = false;
  private chunkCount = 0;
  private paused = false;
  /** The client has closed its sending side, or the listener is closing: answer what is there, then end. */
  private isLast = false;
  private isDone = false;
  /** Waits for the end of the round, with these replies. */
  private isInRound = false;
  private replies: Bytes[] = NO_REPLIES;
  private replyBytes = 0;
  /** A reply was left out because the client wants none (CLIENT REPLY); its write is to be committed all the same. */
  private isSilent = false;
  private readonly mailbox = new Mailbox();
  /** A command whose answer comes later, and what it holds. */
  private slow: Promise<Reply> | undefined;
  private heldBytes = 0;
  private slowWrote = false;

  constructor(
    socket: Socket,
    private readonly host: ConnectionHost,
    private readonly session: Session,
    onClose: () => void,
  ) {
    this.socket = readInPlace(socket, (memory, length) => this.receive(memory, length));
    this.parser = new RequestParser(host.requestLimits);
    this.output = new Output(
      this.socket,
      host.outputLimits,
      () => this.count(),
      () => host.exceeded('output', this.title),
    );
    session.connection = this;
    this.limitRequests();
    const hold = (bytes: number) => this.noteHeld(bytes);
    this.context = { keyspace: host.keyspace, session, host, atomic: false, hold };
    this.socket.on('end', () => this.endSoon());
    this.socket.on('close', () => {
      this.dispose();
      onClose();
    });
  }

  /** Takes bytes, in memory that is the caller's again afterwards. */
  receive(memory: Buffer, length: number): void {
    if (this.isDone) return;
    this.chunkCount++;
    this.parser.push(memory, length);
    this.hasUnread = true;
    if (!this.busy) this.turn();
    else if (this.parser.pendingBytes > READ_AHEAD_BYTES) this.pause();
    this.parser.keep();
    this.count();
  }

  /** Bytes that came and were not executed, and bytes of replies that were not taken. */
  get pendingBytes(): { input: number; output: number } {
    return { input: this.parser.pendingBytes, output: this.owedBytes };
  }

  /** Sends a line between replies: behind those that wait, and not to a client that takes nothing. */
  push(line: Bytes): void {
    if (this.isDone) return;
    if (this.isInRound) this.addReplies([line]);
    else this.output.send(line);
    if (this.output.pendingBytes > this.host.outputLimits.bytesMax) this.cut();
  }

  tell(message: Bytes): void {
    if (this.isDone) return;
    if (this.mailbox.isEmpty) this.host.deliveries.add(this);
    this.mailbox.add(message);
    if (!this.mailbox.isLeft(this.owedBytes, this.host.limits.messages)) return;
    this.host.exceeded('messages', this.title);
    this.cut();
  }

  sendMessages(): void {
    if (this.isDone || this.mailbox.isEmpty) return;
    const bytes = this.mailbox.take();
    if (!this.isInRound) this.output.send(bytes);
    else {
      this.addReplies([bytes]);
      this.replyBytes += bytes.length;
    }
    this.count();
  }

  /** Answer what was read, then end. */
  endSoon(): void {
    this.isLast = true;
    if (!this.busy && !this.isInRound) this.proceed();
  }

  /** In the middle of a request, of which more is waited for. */
  get isHalf(): boolean {
    return !this.busy && !this.isInRound && !this.isDone && this.parser.pendingBytes > 0;
  }

  /** How often bytes came. */
  get chunks(): number {
    return this.chunkCount;
  }

  /** What it may send depends on who it is. */
  limitRequests(): void {
    this.parser.limits = this.session.identity === null ? UNAUTHENTICATED_LIMITS : this.host.requestLimits;
  }

  endWith(text: string): void {
    if (this.isDone) return;
    this.push(Buffer.from(`-${text}\r\n`));
    if (this.busy || this.isInRound) this.cut();
    else this.finish();
  }

  get memoryBytes(): number {
    return this.session.memoryBytes;
  }

  get isProtected(): boolean {
    return this.session.isProtected;
  }

  get title(): string {
    const { address, name } = this.session;
    return name === '' ? address : `${address} (${name})`;
  }

  /** Cut it. */
  cut(): void {
    this.socket.destroy();
    this.dispose();
  }

  hold(): void {
    this.busy = true;
  }

  sendReplies(failure?: RespError): boolean {
    this.isInRound = false;
    this.replyBytes = 0;
    if (failure !== undefined && this.session.wrote) this.refuse(failure);
    if (this.session.wrote) this.session.writtenUpto = this.host.keyspace.writtenUpto;
    this.session.wrote = false;
    const { replies } = this;
    if (this.isDone || replies.length === 0) return true;
    this.replies = NO_REPLIES;
    let isSent = true;
    for (const piece of replies) isSent = this.output.send(piece);
    this.count();
    return isSent;
  }

  /** The one decision of what follows once all replies so far are with the socket. */
  proceed(): void {
    if (this.isDone) return;
    const { slow } = this;
    this.busy = true;
    if (slow !== undefined) {
      this.slow = undefined;
      slow.then(
        (reply) => this.answerLate(reply),
        (error: unknown) => this.fail(error),
      );
    } else if (this.session.ending) {
      this.finish();
    } else if (this.output.isFull) {
      this.output.whenRoom(() => this.proceed());
    } else if (this.hasUnread) {
      setImmediate(() => this.resumeTurn());
    } else if (this.isLast || this.host.isClosing) {
      this.finish();
    } else {
      this.busy = false;
      this.resume();
    }
  }

  /** Nothing can be promised to this client any more: the replies that are due will not come. */
  fail(error: unknown): void {
    this.host.writer.discard();
    this.host.reportInternalError(error);
    this.cut();
  }

  /** One error in place of all replies, and the end: which of the requests had which outcome nobody can tell. */
  private refuse({ message }: RespError): void {
    this.replies = [Buffer.from(`-${message.replace(/[\r\n]/g, ' ')}\r\n`)];
    this.slow = undefined;
    this.session.ending = true;
  }

  /** Replies and messages that the client has not taken. */
  private get owedBytes(): number {
    return this.replyBytes + this.mailbox.bytes + this.output.pendingBytes;
  }

  private addReplies(pieces: Bytes[]): void {
    if (this.replies.length === 0) this.replies = pieces;
    else for (const piece of pieces) this.replies.push(piece);
  }

  /** Executes what can be executed now, after an answer that came late, if any. */
  private turn(late?: Reply): void {
    // What others published before this turn leaves before what is answered in it.
    this.sendMessages();
    try {
      if (late !== undefined) this.write(late);
      this.execute();
    } catch (error) {
      // A reply too large to hold.
      this.fail(error);
      return;
    }
    const { writer, round } = this.host;
    if (this.slow === undefined) this.heldBytes = 0;
    this.busy = this.hasUnread || this.slow !== undefined || this.session.ending;
    if (writer.length > 0 || this.isSilent) {
      this.replyBytes += writer.length;
      this.addReplies(writer.take());
      if (!this.isInRound) round.join(this);
      this.isInRound = true;
      this.isSilent = false;
    } else if (!this.isInRound) {
      // Nothing is answered yet: a slow command, whose answer begins a turn of its own, or a request that is not whole, for
      // the rest of which a socket that was paused has to be read on.
      this.proceed();
    }
  }

  /** Runs requests until one answers later, or there is reason to stop. `hasUnread` says whether it stopped early. */
  private execute(): void {
    const { host, session } = this;
    const { writer, round } = host;
    const bytesMax = TURN_REPLY_BYTES - this.replyBytes;
    this.hasUnread = false;
    session.lastCommandMs = host.keyspace.nowMs();
    round.begin();
    let shortcut = canTakeShort(this.context);
    while (writer.length < bytesMax) {
      if (session.ending) return;
      const done = shortcut ? this.executeShort(bytesMax) : 0;
      if (done === 0) {
        const args = this.nextRequest();
        if (args === undefined) return;
        host.counters.commands++;
        const reply = dispatch(this.context, args);
        if (isPromise(reply)) {
          this.hasUnread = true;
          this.slow = reply;
          this.slowWrote = session.wrote;
          return;
        }
        this.write(reply);
        if (!this.mailbox.isEmpty) this.writeOwnMessages();
        shortcut = canTakeShort(this.context);
      }
      if (!round.hasTime(done === 0 ? HEAVY : done)) break;
    }
    this.hasUnread = true;
  }

  /** Runs the short requests that come next. Returns how many. */
  private executeShort(bytesMax: number): number {
    const { parser, context, host } = this;
    const atOnce = performAtOnce(context, parser, host.writer);
    if (atOnce > 0) return atOnce;
    // What compiled code has left may be a key that has expired, of which its command tells.
    if (host.keyEvents.isOn) return 0;
    const count = permitted(context, SHORT, parser.peekShort(SHORT));
    if (count === 0) return 0;
    const done = performShort(context, SHORT, count, host.writer, bytesMax);
    parser.skip(SHORT[done - 1]!);
    return done;
  }

  private nextRequest(): ArgumentList | undefined {
    try {
      const args = this.parser.next();
      if (args !== undefined && isHttp(args.at(0))) this.session.ending = true;
      return this.session.ending ? undefined : args;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.write(errorReply(`ERR Protocol error: ${error.message}`));
      this.session.ending = true;
      return undefined;
    }
  }

  private write(reply: Reply): void {
    const { session, host } = this;
    // What a client subscribes to is said in any case, and is the answer that is left out once.
    const isLeftOut = session.replies !== 'on' && !isPush(reply);
    if (session.replies === 'skip') session.replies = 'on';
    else if (session.replies === 'skip-next') session.replies = 'skip';
    if (isLeftOut) {
      this.isSilent = true;
      return;
    }
    host.writer.protocol = session.protocol;
    host.writer.write(reply);
  }

  /** What the client has published to itself comes behind the reply. */
  private writeOwnMessages(): void {
    const bytes = this.mailbox.take();
    this.host.writer.copy(bytes, bytes.length);
  }

  private answerLate(reply: Reply): void {
    // What was answered before it has been committed meanwhile, and this is not.
    if (this.slowWrote) this.session.wrote = true;
    this.resumeTurn(reply);
  }

  private resumeTurn(late?: Reply): void {
    if (this.isDone) return;
    this.turn(late);
    this.count();
  }

  private noteHeld(bytes: number): void {
    this.heldBytes = bytes;
    this.count();
  }

  /** Keeps the account of all clients' memory; whoever holds most may be cut off by it, this one too. */
  private count(): void {
    const { session, parser } = this;
    const watched = session.watched.byteCount + (session.listening?.byteCount ?? 0);
    const requests = parser.memoryBytes + (session.transaction?.queuedBytes ?? 0) + watched;
    const bytes = session.isGone ? 0 : requests + this.heldBytes + this.owedBytes;
    const change = bytes - session.memoryBytes;
    if (change === 0) return;
    session.memoryBytes = bytes;
    this.host.clientMemory.change(change);
  }

  /**
   * Ends the connection after the replies. The client's sending side is read and ignored for a moment: closing a socket with
   * unread bytes resets it, and the reset can overtake the last reply.
   */
  private finish(): void {
    this.isDone = true;
    this.resume();
    this.socket.once('finish', () => {
      if (this.host.isClosing || this.isLast) this.socket.destroy();
      else setTimeout(() => this.socket.destroy(), LINGER_MS).unref();
    });
    this.output.end();
  }

  private pause(): void {
    this.paused = true;
    this.socket.pause();
  }

  private resume(): void {
    if (this.paused) this.socket.resume();
    this.paused = false;
  }

  private dispose(): void {
    this.isDone = true;
    this.session.waiting?.abort();
    this.host.activity.monitors.remove(this.session.id);
    this.host.subscriptions.leave(this.session);
    this.host.deliveries.remove(this);
    this.mailbox.clear();
    this.session.isGone = true;
    this.replies = NO_REPLIES;
    this.parser.discard();
    this.output.dispose();
    this.count();
  }
}

// ---

const TURN_REPLY_BYTES = 1024 * 1024;
const READ_AHEAD_BYTES = 1024 * 1024;
const LINGER_MS = 1000;

/** Stays empty. */
const NO_REPLIES: Bytes[] = [];
/** For all connections: what is read is performed at once. */
const SHORT = Array.from({ length: SHORT_BATCH }, newShortRequest);
