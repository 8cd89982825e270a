import { connect, type Socket } from 'node:net';
import { type Address, parseAddress } from './address.js';
import { DialError } from './errors.js';
import { LINK_PREAMBLE } from './frame.js';
import { LINK_SETTINGS, type LinkHandlers, type LinkSettings } from './link.js';
import { SocketLink } from './socket-link.js';

export type { Link, LinkHandlers, LinkSettings } from './link.js';

/**
 * Starts to connect: the socket reports `connect`, or `error` and `close`. What it reads comes as `data` events, or goes to
 * `onBytes`, whose memory may be used again as soon as the call returns.
 */
export type Connect = (address: Address, onBytes: (bytes: Buffer) => void) => Socket;

/** The links of one node, dialled and accepted. Dialling again after a failure is the caller's to decide. */
export class LinkTransport {
  private readonly settings: LinkSettings;
  private readonly links = new Set<SocketLink>();
  private readonly dials = new Set<Socket>();
  private lastId = 0;
  /** Called, once each, when the last link and the last dial are gone. */
  private readonly onIdle: (() => void)[] = [];

  constructor(
    private readonly handlers: LinkHandlers,
    settings: Partial<LinkSettings> = {},
    private readonly connectTo: Connect = connectInPlace,
  ) {
    this.settings = { ...LINK_SETTINGS, ...settings };
  }

  /** Connect to `host:port`. Ends in `onUp`, or in `onDialFailed` at the latest after `timeoutMs`. */
  dial(address: string, timeoutMs: number): void {
    const target = parsed(address);
    if (target instanceof DialError) {
      process.nextTick(() => this.handlers.onDialFailed(address, target));
      return;
    }
    let onBytes: (bytes: Buffer) => void = () => {};
    const socket = this.connectTo(target, (bytes) => onBytes(bytes));
    this.dials.add(socket);
    whenConnected(socket, timeoutMs, (error) => {
      this.dials.delete(socket);
      if (error === null) {
        const link = this.addLink(socket, address);
        onBytes = (bytes) => link.receive(bytes);
      } else this.handlers.onDialFailed(address, dialError(address, error));
      this.checkIdle();
    });
  }

  /**
   * Take over a socket whose other end sent LINK_PREAMBLE; `rest` is what came after it. The caller must have removed its
   * own listeners. Calls `onUp`, and `onMessage` for what is whole in `rest`, before it returns.
   *
   * Returns the function that feeds the link, for a socket whose bytes do not come as `data` events (`onread` of net).
   */
  accept(socket: Socket, rest: Buffer): (chunk: Buffer) => void {
    if (socket.destroyed) return () => {};
    const link = this.addLink(socket, null);
    if (rest.length > 0) link.receive(rest);
    return (chunk) => link.receive(chunk);
  }

  /** Close all links and give up all dials. Resolves when each has had its `onDown` or `onDialFailed`. */
  closeAll(): Promise<void> {
    for (const link of this.links) link.close();
    for (const socket of this.dials) socket.destroy(failure('ECANCELED', 'the dial was given up'));
    return new Promise((resolve) => {
      this.onIdle.push(resolve);
      this.checkIdle();
    });
  }

  // ---------------------------------------------------------------------------------------------

  private addLink(socket: Socket, dialled: string | null): SocketLink {
    const link = new SocketLink(++this.lastId, dialled, socket, this.handlers, this.settings);
    this.links.add(link);
    link.start(() => {
      this.links.delete(link);
      this.checkIdle();
    });
    if (dialled !== null) link.sendEncoded(LINK_PREAMBLE);
    this.handlers.onUp(link);
    return link;
  }

  private checkIdle(): void {
    if (this.links.size > 0 || this.dials.size > 0) return;
    for (const resolve of this.onIdle.splice(0)) resolve();
  }
}

// -----------------------------------------------------------------------------------------------

/** As much as libuv reads at a time. */
const READ_BYTES = 64 * 1024;
let readMemory: Buffer | null = null;

/** All dialled sockets are read into one piece of memory: new memory for each read would be most of the garbage of a join. */
function connectInPlace(address: Address, onBytes: (bytes: Buffer) => void): Socket {
  readMemory ??= Buffer.allocUnsafeSlow(READ_BYTES);
  const memory = readMemory;
  const callback = (length: number): boolean => {
    onBytes(memory.subarray(0, length));
    return true;
  };
  return connect({ ...address, onread: { buffer: memory, callback } });
}

/** Calls `done` once: with null when the socket is connected, or with the reason why it never will be. */
function whenConnected(socket: Socket, timeoutMs: number, done: (error: Error | null) => void): void {
  let reason: Error = failure('ECONNABORTED', 'the socket was closed');
  const timer = setTimeout(() => socket.destroy(failure('ETIMEDOUT', `no answer in ${timeoutMs} ms`)), timeoutMs);
  const onError = (error: Error) => {
    reason = error;
  };
  const onClose = () => finish(reason);
  const onConnect = () => finish(null);
  const finish = (error: Error | null) => {
    clearTimeout(timer);
    socket.off('error', onError).off('close', onClose).off('connect', onConnect);
    done(error);
  };
  socket.on('error', onError).on('close', onClose).on('connect', onConnect);
}

function parsed(address: string): Address | DialError {
  try {
    return parseAddress(address);
  } catch (cause) {
    return new DialError('EINVAL', `cannot connect: ${(cause as Error).message}`, { cause });
  }
}

/** A name with several addresses fails with an error that has a code and no message of its own. */
function dialError(address: string, cause: NodeJS.ErrnoException): DialError {
  const code = cause.code ?? 'ECONNABORTED';
  return new DialError(code, `cannot connect to ${address}: ${cause.message || code}`, { cause });
}

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
