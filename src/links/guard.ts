import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ReplicaId } from '../core/model/version.js';
import { encodeMessage } from './codec.js';
import {
  AnsweringEnd,
  CERTIFICATE,
  OPEN,
  type Purpose,
  proofId,
  readOpening,
  type Step,
  TLS_ONLY,
} from './exchange.js';
import { bindingOf } from './open-socket.js';
import { TlsPort } from './tls-port.js';
import { NO_TRUST, type Seal, type Trust } from './trust.js';

/** Why somebody was not let in. */
export type Refusal = 'no-secret' | 'other-secret' | 'no-tls' | 'no-certificate' | 'plain-port';

/** What a connection is, once that is known. All listeners of the guard are gone then. */
export interface Arrival {
  onLink(socket: Socket, rest: Buffer, seal: Seal): void;
  /** A client. One that has shown the cluster's secret is an operator's CLI. */
  onClient(socket: Socket, first: Buffer, seal: Seal): void;
}

/** Somebody who shows nothing for so long is no node of ours. */
const PROOF_MS = 10_000;
const LINGER_MS = 1_000;

/** Lets connections in, or sends them away, before anything of the cluster is said to them. */
export class Guard {
  readonly tls: TlsPort | null;

  constructor(
    readonly trust: Trust = NO_TRUST,
    /** This node's, once it is known. */
    private readonly replica: () => ReplicaId | null = () => null,
    private readonly onRefused: (host: string, refusal: Refusal) => void = () => {},
  ) {
    this.tls = trust.tls === null ? null : new TlsPort(trust.tls);
  }

  /** A link whose other end shows no secret. */
  link(socket: Socket, rest: Buffer, isPlainPort: boolean, arrival: Arrival): void {
    const { secret, secretOptional } = this.trust;
    const refusal =
      this.tlsRefusal(socket, 'link', isPlainPort) ?? (secret === null || secretOptional ? null : 'no-secret');
    if (refusal === null) arrival.onLink(socket, rest, sealOf(socket, 'nothing'));
    else this.refuse(socket, refusal, refusalFrame(refusal));
  }

  /** A client that speaks the Redis protocol at once. */
  client(socket: Socket, first: Buffer, isPlainPort: boolean, arrival: Arrival): void {
    const refusal = this.tlsRefusal(socket, 'client', isPlainPort);
    if (refusal === null) arrival.onClient(socket, first, sealOf(socket, 'nothing'));
    else this.refuse(socket, refusal, Buffer.from(`-ERR ${TEXTS[refusal]}\r\n`));
  }

  /** Somebody who offers to show the secret; `first` is what came after the preamble. */
  proof(socket: Socket, first: Buffer, isPlainPort: boolean, arrival: Arrival): void {
    const { secret } = this.trust;
    const end = secret === null ? null : new AnsweringEnd(secret, proofId(this.replica()), bindingOf(socket));
    let opening: Buffer = Buffer.alloc(0);
    let purpose: Purpose | null = null;
    const take = (bytes: Buffer): void => {
      if (purpose !== null) return step(end!.take(bytes));
      opening = Buffer.concat([opening, bytes]);
      const read = readOpening(opening);
      if (read === 'more') return;
      if (read === 'malformed') return void socket.destroy();
      purpose = read.purpose;
      const refusal = this.tlsRefusal(socket, purpose, isPlainPort);
      if (refusal !== null) {
        leave();
        this.refuse(socket, refusal, refusal === 'no-certificate' ? CERTIFICATE : TLS_ONLY);
      } else if (end === null) {
        socket.write(OPEN);
        this.arrive(socket, read.rest, purpose, 'nothing', leave, arrival);
      } else step(end.take(opening));
    };
    const step = (next: Step): void => {
      if (next.send !== undefined && next.kind !== 'fault') socket.write(next.send);
      if (next.kind === 'done') this.arrive(socket, next.rest, purpose!, next.shown, leave, arrival);
      else if (next.kind === 'fault') {
        leave();
        this.refuse(socket, 'other-secret', next.send ?? Buffer.alloc(0));
      }
    };
    const onEnd = () => socket.destroy();
    const late = setTimeout(onEnd, PROOF_MS);
    const leave = () => {
      clearTimeout(late);
      socket.off('data', take).off('end', onEnd).off('close', leave);
    };
    socket.on('data', take).on('end', onEnd).on('close', leave);
    take(first);
  }

  private arrive(
    socket: Socket,
    rest: Buffer,
    purpose: Purpose,
    shown: Seal['secret'],
    leave: () => void,
    arrival: Arrival,
  ): void {
    leave();
    const seal = sealOf(socket, shown);
    if (purpose === 'link') arrival.onLink(socket, rest, seal);
    else arrival.onClient(socket, rest, seal);
  }

  /** null: it may come in, as far as TLS goes. */
  private tlsRefusal(socket: Socket, purpose: Purpose, isPlainPort: boolean): Refusal | null {
    const { tls, tlsOptional, tlsClientsRequired } = this.trust;
    if (tls === null) return null;
    if (socket instanceof TLSSocket) {
      const needsCertificate = purpose === 'link' || tlsClientsRequired;
      return needsCertificate && !socket.authorized ? 'no-certificate' : null;
    }
    if (isPlainPort) return purpose === 'link' ? 'plain-port' : null;
    return tlsOptional ? null : 'no-tls';
  }

  private refuse(socket: Socket, refusal: Refusal, last: Buffer): void {
    this.onRefused(hostOf(socket), refusal);
    sendOff(socket, last);
  }
}

// ---

/** What the other side is told: nothing of this node, and nothing of its cluster. */
const TEXTS: Readonly<Record<Refusal, string>> = {
  'no-secret': "the cluster's secret is needed here: give it with --secret-file",
  'other-secret': "this is not the cluster's secret",
  'no-tls': 'this port takes TLS only: give it with --tls-ca, --tls-cert and --tls-key',
  'no-certificate': 'a certificate is needed that the authority of this cluster has signed',
  'plain-port': 'this port is for local clients: a link goes to the port for nodes',
};

/** The first message of a link that will not be. */
function refusalFrame(refusal: Refusal): Buffer {
  const nobody = '0'.repeat(16);
  return Buffer.concat(
    encodeMessage({
      ...{ type: 'refuse', code: 'untrusted', message: TEXTS[refusal] },
      ...{ clusterId: null, replica: nobody, boot: 0 },
    }),
  );
}

function sealOf(socket: Socket, secret: Seal['secret']): Seal {
  return { secret, tls: socket instanceof TLSSocket };
}

/** The last word to a socket. What it sent is read: a socket that is closed with unread bytes is reset, and our last word with it. */
export function sendOff(socket: Socket, last: Buffer): void {
  socket.on('error', () => {});
  socket.resume();
  socket.end(last);
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('end', () => socket.destroy()).once('close', () => clearTimeout(linger));
}

function hostOf({ remoteAddress = '?' }: Socket): string {
  return remoteAddress.replace(/^::ffff:/, '');
}
