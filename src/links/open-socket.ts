import { connect, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { ReplicaId } from '../core/model/version.js';
import { type Address, formatAddress } from './address.js';
import { DialError } from './errors.js';
import { DiallingEnd, type ExchangeFault, type Purpose, proofId, type Step } from './exchange.js';
import { NO_SEAL, type Seal, type Trust } from './trust.js';

/**
 * Starts to connect: the socket reports `connect` (with TLS: `secureConnect`), or `error` and `close`. What it reads comes as `data`
 * events, or goes to `onBytes`, whose memory may be used again as soon as the call returns.
 */
export type Connect = (address: Address, onBytes: (bytes: Buffer) => void, tls: Trust['tls']) => Socket;

export interface Opened {
  readonly socket: Socket;
  readonly seal: Seal;
  /** What the other end has sent already. */
  readonly rest: Buffer;
  /** Where bytes go from now on. */
  onBytes(take: (bytes: Buffer) => void): void;
}

export interface Opening {
  readonly target: Address;
  readonly purpose: Purpose;
  readonly trust: Trust;
  /** null: whoever dials is no node. */
  readonly replica: ReplicaId | null;
  readonly timeoutMs: number;
  readonly connectTo: Connect;
}

/**
 * Connects, by TLS where that is set up, and has both ends show the cluster's secret. Calls back once. Returns what gives it up.
 */
export function openSocket(opening: Opening, done: (result: Opened | DialError) => void): (error: Error) => void {
  let attempt: Attempt;
  let isOver = false;
  const end = (result: Opened | DialError): void => {
    isOver = true;
    clearTimeout(late);
    done(result);
  };
  const begin = (tls: Trust['tls']): void => {
    attempt = new Attempt(opening, tls, (result) => {
      if (isOver) return;
      if (result === 'no-tls') begin(null);
      else end(result);
    });
  };
  const giveUp = (error: Error) => attempt.giveUp(error);
  const { timeoutMs } = opening;
  const late = setTimeout(() => giveUp(failure('ETIMEDOUT', `no answer in ${timeoutMs} ms`)), timeoutMs);
  begin(opening.trust.tls);
  return giveUp;
}

/** As much as libuv reads at a time. */
const READ_BYTES = 64 * 1024;
let readMemory: Buffer | null = null;

/** All dialled sockets are read into one piece of memory: new memory for each read would be most of the garbage of a join. */
export function connectInPlace(address: Address, onBytes: (bytes: Buffer) => void, tls: Trust['tls']): Socket {
  readMemory ??= Buffer.allocUnsafeSlow(READ_BYTES);
  const memory = readMemory;
  const callback = (length: number): boolean => {
    onBytes(memory.subarray(0, length));
    return true;
  };
  const onread = { buffer: memory, callback };
  if (tls === null) return connect({ ...address, onread });
  const options = { ...address, ...tlsOptions(tls), onread };
  return connectTls(options);
}

/** With ordinary `data` events, for whoever takes the socket over. */
export function connectPlainly(address: Address, _onBytes: (bytes: Buffer) => void, tls: Trust['tls']): Socket {
  return tls === null
    ? connect({ ...address, noDelay: true })
    : connectTls({ ...address, ...tlsOptions(tls) }).setNoDelay(true);
}

// ---

/** Members move, and are found by addresses: what counts is that the cluster's own authority signed, and the secret. */
function tlsOptions(tls: NonNullable<Trust['tls']>) {
  return { secureContext: tls.context, rejectUnauthorized: true, checkServerIdentity: () => undefined };
}

/** One connection. Ends once: open, failed, or `no-tls`: the other end does not speak it, and may for now. */
class Attempt {
  private readonly socket: Socket;
  private reason: NodeJS.ErrnoException = failure('ECONNABORTED', 'the socket was closed');
  private hasConnected = false;
  private isSecure = false;
  private isOver = false;
  private take: (bytes: Buffer) => void = () => {};
  private readonly onData = (bytes: Buffer): void => this.take(bytes);

  constructor(
    private readonly opening: Opening,
    private readonly tls: Trust['tls'],
    private readonly done: (result: Opened | DialError | 'no-tls') => void,
  ) {
    this.socket = opening.connectTo(opening.target, this.onData, tls);
    const { socket } = this;
    socket.on('error', this.onError).on('close', this.onClose);
    socket.once('connect', () => {
      this.hasConnected = true;
      if (tls === null) this.connected();
    });
    socket.once('secureConnect', () => {
      this.isSecure = true;
      this.connected();
    });
  }

  giveUp(error: Error): void {
    if (!this.isOver) this.socket.destroy(error);
  }

  private readonly onError = (error: Error): void => {
    this.reason = error;
  };

  private readonly onClose = (): void => {
    const { trust } = this.opening;
    if (this.tls !== null && trust.tlsOptional && this.hasConnected && !this.isSecure && isNoTls(this.reason))
      return this.end('no-tls');
    this.end(this.failed(this.reason));
  };

  private connected(): void {
    const { trust, purpose, replica } = this.opening;
    if (trust.secret === null) return this.open('nothing', EMPTY);
    const end = new DiallingEnd(trust.secret, purpose, proofId(replica), bindingOf(this.socket));
    this.socket.on('data', this.onData);
    this.take = (bytes) => this.step(end.take(Buffer.from(bytes)));
    this.socket.write(end.opening);
  }

  private step(step: Step): void {
    if (this.isOver) return;
    if (step.send !== undefined) this.socket.write(step.send);
    if (step.kind === 'done') this.open(step.shown, step.rest);
    else if (step.kind === 'fault' && step.fault === 'open' && this.opening.trust.secretOptional)
      this.open('nothing', EMPTY);
    else if (step.kind === 'fault') this.socket.destroy(faultError(step.fault));
  }

  private open(secret: Seal['secret'], rest: Buffer): void {
    this.take = () => {};
    this.end({
      socket: this.socket,
      seal: { ...NO_SEAL, secret, tls: this.tls !== null },
      rest,
      onBytes: (take) => {
        this.take = take;
      },
    });
  }

  private end(result: Opened | DialError | 'no-tls'): void {
    if (this.isOver) return;
    this.isOver = true;
    this.socket.off('error', this.onError).off('close', this.onClose).off('data', this.onData);
    this.done(result);
  }

  /** A name with several addresses fails with an error that has a code and no message of its own. */
  private failed(cause: NodeJS.ErrnoException): DialError {
    const code = cause.code ?? 'ECONNABORTED';
    const address = formatAddress(this.opening.target);
    if (this.tls !== null && this.hasConnected && !this.isSecure && isNoTls(cause))
      return new DialError('ENOTLS', `cannot connect to ${address}: it does not take TLS, or not these certificates`, {
        cause,
      });
    return new DialError(code, `cannot connect to ${address}: ${cause.message || code}`, { cause });
  }
}

const EMPTY: Buffer = Buffer.alloc(0);

/** What keeps a proof to this TLS session: whoever relays it has another one. */
export function bindingOf(socket: Socket): Buffer {
  return socket instanceof TLSSocket ? socket.exportKeyingMaterial(32, 'EXPORTER-mneme-secret', EMPTY) : EMPTY;
}

/** What a port answers that does not speak TLS: nothing, or something else. A certificate that is not good is another thing. */
function isNoTls({ code = '' }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED' || code === 'EPROTO' || SSL.test(code);
}
const SSL = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|BAD_RECORD_TYPE|UNSUPPORTED_PROTOCOL)$/;

function faultError(fault: ExchangeFault): NodeJS.ErrnoException {
  return failure(`MNEME-${fault.toUpperCase()}`, FAULTS[fault]);
}

const FAULTS: Readonly<Record<ExchangeFault, string>> = {
  refused: "it does not know this secret of the cluster's",
  open: 'it has no secret',
  unproven: "it could not show that it knows the cluster's secret",
  'tls-only': 'it takes TLS only',
  'no-certificate': 'it wants a certificate that the authority of its cluster has signed',
  malformed: 'it does not take a secret: no Mneme node, or one of an earlier version',
};

function failure(code: string, message: string): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code });
}
