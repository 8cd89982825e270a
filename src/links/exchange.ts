import { randomBytes } from 'node:crypto';
import type { ReplicaId } from '../core/model/version.js';
import { type ClusterSecret, NONCE_BYTES, type Occasion, PROOF_BYTES, SECRETS_MAX } from './secret.js';

/**
 * How two ends show each other that they know the cluster's secret, before anything else is said:
 *
 *     dials      MNEMESEC, purpose (1), nonce (32)
 *     answers    'C' challenge, id (8), nonce (32); or 'O': open, no secret here; or 'T': TLS only;
 *                or 'X': a certificate is needed
 *     dials      id (8), number of proofs (1), proofs (32 each)
 *     answers    'Y', its own proof (32) with the secret that was shown; or 'N': none of them is known here
 *
 * Whoever dials shows first: a port can be found by anyone, and what answers there must not hand out what could be worked on at
 * leisure. The secret is never sent. Nonces make each proof good for one connection, and it says who proves.
 */
export const PROOF_PREAMBLE = Buffer.from('MNEMESEC', 'latin1');
const ID_BYTES = 8;

/** link: messages between nodes follow. client: requests of an operator's CLI. */
export type Purpose = 'link' | 'client';

/** What a connection has shown of the secret: none, one that is to go, or the one that stays. */
export type Shown = 'nothing' | 'old' | 'current';

export type ExchangeFault =
  /** The other end does not know our secret. */
  | 'refused'
  /** The other end wants no proof, so it has no secret. */
  | 'open'
  /** The other end wanted a proof, and could give none itself. */
  | 'unproven'
  /** The other end takes TLS only. */
  | 'tls-only'
  /** The other end wants a certificate that its authority has signed. */
  | 'no-certificate'
  /** It speaks something else. */
  | 'malformed';

export type Step =
  | { readonly kind: 'wait'; readonly send?: Buffer }
  | { readonly kind: 'done'; readonly send?: Buffer; readonly rest: Buffer; readonly shown: Shown }
  | { readonly kind: 'fault'; readonly send?: Buffer; readonly fault: ExchangeFault };

const ANSWER = { challenge: 0x43, open: 0x4f, tlsOnly: 0x54, certificate: 0x58, yes: 0x59, no: 0x4e } as const;
const PURPOSES: Readonly<Record<Purpose, number>> = { link: 0x4c, client: 0x43 };
export const OPENING_BYTES = PROOF_PREAMBLE.length + 1 + NONCE_BYTES;
export const TLS_ONLY = Buffer.of(ANSWER.tlsOnly);
export const CERTIFICATE = Buffer.of(ANSWER.certificate);
export const OPEN = Buffer.of(ANSWER.open);

/** The id of a replica as it goes into a proof; null: one for this occasion alone. */
export function proofId(replica: ReplicaId | null): Buffer {
  return replica === null ? randomBytes(ID_BYTES) : Buffer.from(replica, 'hex');
}

/** The end that dials. Bytes in, bytes out. */
export class DiallingEnd {
  readonly opening: Buffer;
  private readonly nonce = randomBytes(NONCE_BYTES);
  private received: Buffer = Buffer.alloc(0);
  private occasion: Occasion | null = null;

  constructor(
    private readonly secret: ClusterSecret,
    private readonly purpose: Purpose,
    private readonly id: Buffer,
    private readonly binding: Buffer,
  ) {
    this.opening = Buffer.concat([PROOF_PREAMBLE, Buffer.of(PURPOSES[purpose]), this.nonce]);
  }

  take(bytes: Buffer): Step {
    this.received = Buffer.concat([this.received, bytes]);
    return this.occasion === null ? this.challenged() : this.answered(this.occasion);
  }

  private challenged(): Step {
    const { received } = this;
    switch (received[0]) {
      case undefined:
        return { kind: 'wait' };
      case ANSWER.open:
        return { kind: 'fault', fault: 'open' };
      case ANSWER.tlsOnly:
        return { kind: 'fault', fault: 'tls-only' };
      case ANSWER.certificate:
        return { kind: 'fault', fault: 'no-certificate' };
      case ANSWER.challenge:
        break;
      default:
        return { kind: 'fault', fault: 'malformed' };
    }
    const end = 1 + ID_BYTES + NONCE_BYTES;
    if (received.length < end) return { kind: 'wait' };
    const [answering, answeringNonce] = [received.subarray(1, 1 + ID_BYTES), received.subarray(1 + ID_BYTES, end)];
    this.received = received.subarray(end);
    this.occasion = {
      ...{ purpose: this.purpose, dialling: this.id, diallingNonce: this.nonce, binding: this.binding },
      ...{ answering, answeringNonce },
    };
    const proofs = this.secret.proofs('dials', this.occasion);
    return { kind: 'wait', send: Buffer.concat([this.id, Buffer.of(proofs.length), ...proofs]) };
  }

  private answered(occasion: Occasion): Step {
    const { received } = this;
    if (received.length === 0) return { kind: 'wait' };
    if (received[0] === ANSWER.no) return { kind: 'fault', fault: 'refused' };
    if (received[0] !== ANSWER.yes) return { kind: 'fault', fault: 'malformed' };
    if (received.length < 1 + PROOF_BYTES) return { kind: 'wait' };
    const index = this.secret.shownBy([received.subarray(1, 1 + PROOF_BYTES)], 'answers', occasion);
    if (index < 0) return { kind: 'fault', fault: 'unproven' };
    return { kind: 'done', rest: received.subarray(1 + PROOF_BYTES), shown: index === 0 ? 'current' : 'old' };
  }
}

/** The end that was dialled, and has a secret. Its first bytes are those after the preamble. */
export class AnsweringEnd {
  private readonly nonce = randomBytes(NONCE_BYTES);
  private received: Buffer = Buffer.alloc(0);
  private opening: { readonly purpose: Purpose; readonly nonce: Buffer } | null = null;

  constructor(
    private readonly secret: ClusterSecret,
    private readonly id: Buffer,
    private readonly binding: Buffer,
  ) {}

  /** Good once the exchange is done. */
  get purpose(): Purpose {
    return this.opening?.purpose ?? 'client';
  }

  take(bytes: Buffer): Step {
    this.received = Buffer.concat([this.received, bytes]);
    if (this.opening !== null) return this.proven(this.opening);
    const opening = readOpening(this.received);
    if (opening === 'more') return { kind: 'wait' };
    if (opening === 'malformed') return { kind: 'fault', fault: 'malformed' };
    this.opening = opening;
    this.received = opening.rest;
    return { kind: 'wait', send: Buffer.concat([Buffer.of(ANSWER.challenge), this.id, this.nonce]) };
  }

  private proven({ purpose, nonce }: { purpose: Purpose; nonce: Buffer }): Step {
    const { received } = this;
    if (received.length < ID_BYTES + 1) return { kind: 'wait' };
    const count = received[ID_BYTES]!;
    if (count < 1 || count > SECRETS_MAX) return { kind: 'fault', fault: 'malformed' };
    const from = ID_BYTES + 1;
    const end = from + count * PROOF_BYTES;
    if (received.length < end) return { kind: 'wait' };
    const occasion: Occasion = {
      ...{ purpose, dialling: received.subarray(0, ID_BYTES), diallingNonce: nonce },
      ...{ answering: this.id, answeringNonce: this.nonce, binding: this.binding },
    };
    const proofs = Array.from({ length: count }, (_, i) =>
      received.subarray(from + i * PROOF_BYTES, from + (i + 1) * PROOF_BYTES),
    );
    const index = this.secret.shownBy(proofs, 'dials', occasion);
    if (index < 0) return { kind: 'fault', fault: 'refused', send: Buffer.of(ANSWER.no) };
    const send = Buffer.concat([Buffer.of(ANSWER.yes), this.secret.proof(index, 'answers', occasion)]);
    return { kind: 'done', send, rest: received.subarray(end), shown: index === 0 ? 'current' : 'old' };
  }
}

/** What follows the preamble. */
export function readOpening(
  bytes: Buffer,
): { readonly purpose: Purpose; readonly nonce: Buffer; readonly rest: Buffer } | 'more' | 'malformed' {
  if (bytes.length === 0) return 'more';
  const purpose = bytes[0] === PURPOSES.link ? 'link' : bytes[0] === PURPOSES.client ? 'client' : null;
  if (purpose === null) return 'malformed';
  const end = 1 + NONCE_BYTES;
  if (bytes.length < end) return 'more';
  return { purpose, nonce: bytes.subarray(1, end), rest: bytes.subarray(end) };
}
