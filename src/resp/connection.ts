import type { Socket } from 'node:net';
import type { Bytes } from '../core/bytes.js';
import { errorReply, type Reply } from './codec/reply.js';
import type { ReplyWriter } from './codec/reply-writer.js';
import { ProtocolError, type RequestLimits, RequestParser } from './codec/request-parser.js';
import { isPromise } from './commands/perform.js';
import { dispatch } from './dispatch.js';
import { Output, type OutputLimits } from './output.js';
import type { Context, Host, Session } from './session.js';

/** What a connection needs of its listener. */
export interface ConnectionHost extends Host {
  readonly requestLimits: RequestLimits;
  readonly outputLimits: OutputLimits;
  /** Shared by all connections: a turn begins and ends with it empty. */
  readonly writer: ReplyWriter;
  /** The listener is closing: a connection ends as soon as it has answered what it has read. */
  readonly isClosing: boolean;
}

/**
 * One client's connection. Its state is `busy` or not:
 *
 * - Not busy: bytes that arrive start a turn. A turn executes what is complete, commits once, and sends all replies in one
 *   write. It ends early at a command that answers later, at a full output, or after TURN_COMMANDS_MAX commands.
 * - Busy: replies wait for a commit, a slow command, or room in the output. Bytes that arrive are kept, up to READ_AHEAD_BYTES,
 *   then the socket is paused. `proceed` decides what comes next.
 *
 * So replies leave in the order of the requests, and what a client can make the node hold is bounded.
 */
export class Connection {
  private readonly parser: RequestParser;
  private readonly output: Output;
  private readonly context: Context;
  private busy = false;
  /** Bytes may be waiting in the parser that no turn has looked at. */
  private hasUnread = false;
  private paused = false;
  /** The client has closed its sending side, or the listener is closing: answer what is there, then end. */
  private isLast = false;
  private isDone = false;

  constructor(
    private readonly socket: Socket,
    private readonly host: ConnectionHost,
    private readonly session: Session,
  ) {
    this.parser = new RequestParser(host.requestLimits);
    this.output = new Output(socket, host.outputLimits);
    this.context = { keyspace: host.keyspace, session, host, atomic: false };
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('end', () => this.endSoon());
    socket.on('close', () => this.dispose());
  }

  receive(chunk: Buffer): void {
    if (this.isDone) return;
    this.parser.push(chunk);
    this.hasUnread = true;
    if (!this.busy) this.turn();
    else if (this.parser.pendingBytes > READ_AHEAD_BYTES) this.pause();
  }

  /** Answer what was read, then end. */
  endSoon(): void {
    this.isLast = true;
    if (!this.busy) this.proceed(undefined);
  }

  /** Executes what can be executed now, after an answer that came late, if any. */
  private turn(late?: Reply): void {
    this.busy = true;
    let slow: Promise<Reply> | undefined;
    try {
      if (late !== undefined) this.write(late);
      slow = this.execute();
    } catch (error) {
      // A reply too large to hold.
      this.fail(error);
      return;
    }
    if (this.host.writer.length === 0) {
      // Nothing is answered yet: half a request, or a slow command, whose answer begins a turn of its own.
      this.proceed(slow);
      return;
    }
    const committed = this.host.keyspace.committed();
    if (committed === undefined) {
      this.sendNow();
      this.proceed(slow);
      return;
    }
    const replies = this.host.writer.detach();
    committed.then(
      () => {
        for (const piece of replies) this.output.send(piece);
        this.proceed(slow);
      },
      (error: unknown) => this.fail(error),
    );
  }

  /** Runs requests until one answers later, which is returned, or there is reason to stop. */
  private execute(): Promise<Reply> | undefined {
    const { host, session } = this;
    this.hasUnread = false;
    session.lastCommandMs = host.keyspace.nowMs();
    for (let executed = 0; executed < TURN_COMMANDS_MAX && host.writer.length < TURN_REPLY_BYTES; executed++) {
      const args = session.ending ? undefined : this.nextRequest();
      if (args === undefined) return undefined;
      host.counters.commands++;
      const reply = dispatch(this.context, args);
      if (isPromise(reply)) {
        this.hasUnread = true;
        return reply;
      }
      this.write(reply);
    }
    this.hasUnread = true;
    return undefined;
  }

  private nextRequest(): Bytes[] | undefined {
    try {
      const args = this.parser.next();
      if (args !== undefined && isHttp(args[0]!)) this.session.ending = true;
      return this.session.ending ? undefined : args;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.write(errorReply(`ERR Protocol error: ${error.message}`));
      this.session.ending = true;
      return undefined;
    }
  }

  private write(reply: Reply): void {
    this.host.writer.protocol = this.session.protocol;
    this.host.writer.write(reply);
  }

  private sendNow(): void {
    const { writer } = this.host;
    const pieces = writer.take();
    for (const piece of pieces) {
      const isSent = this.output.send(piece);
      // Of several pieces one may be sent while another one, in the same memory, is not.
      if (isSent && pieces.length === 1) writer.giveBack(piece);
    }
  }

  /** The one decision of what follows a turn, once its replies are with the socket. */
  private proceed(slow: Promise<Reply> | undefined): void {
    if (this.isDone) return;
    if (slow !== undefined) {
      slow.then(
        (reply) => this.answerLate(reply),
        (error: unknown) => this.fail(error),
      );
    } else if (this.session.ending) {
      this.finish();
    } else if (this.output.isFull) {
      this.output.whenRoom(() => this.proceed(undefined));
    } else if (this.hasUnread) {
      setImmediate(() => this.resumeTurn());
    } else if (this.isLast || this.host.isClosing) {
      this.finish();
    } else {
      this.busy = false;
      this.resume();
    }
  }

  private answerLate(reply: Reply): void {
    if (!this.isDone) this.turn(reply);
  }

  private resumeTurn(): void {
    if (!this.isDone) this.turn();
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

  /** Nothing can be promised to this client any more: the replies that are due will not come. */
  private fail(error: unknown): void {
    this.host.writer.discard();
    this.host.reportInternalError(error);
    this.socket.destroy();
    this.dispose();
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
    this.output.dispose();
  }
}

// ---

const TURN_COMMANDS_MAX = 2048;
const TURN_REPLY_BYTES = 1024 * 1024;
const READ_AHEAD_BYTES = 1024 * 1024;
const LINGER_MS = 1000;

/** "POST" and "Host:" come from a browser that was made to talk to this port; Redis hangs up on them too. */
function isHttp(name: Bytes): boolean {
  if (name.length !== 4 && name.length !== 5) return false;
  const text = Buffer.from(name).toString('latin1').toLowerCase();
  return text === 'post' || text === 'host:';
}
