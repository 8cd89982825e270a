import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A shorter secret could be guessed from a proof that was overheard. */
export const SECRET_CHARACTERS_MIN = 32;
/** More are not needed for a change, and each costs a proof at every connection. */
export const SECRETS_MAX = 4;

export const NONCE_BYTES = 32;
export const PROOF_BYTES = 32;

/** Who proves. In the proof, so that nobody is shown back what they showed. */
export type Prover = 'dials' | 'answers';

/** What both ends of one connection have seen: a proof holds for it alone. */
export interface Occasion {
  /** What the connection is for. */
  readonly purpose: string;
  /** Ids of 8 bytes: of the replica, or drawn for the occasion where there is none. */
  readonly dialling: Buffer;
  readonly answering: Buffer;
  readonly diallingNonce: Buffer;
  readonly answeringNonce: Buffer;
  /** What is of this TLS session alone; empty without TLS. Whoever stands between two sessions has two of them. */
  readonly binding: Buffer;
}

/**
 * What the members of a cluster know, and nobody else. Each of several secrets is shown and accepted, so that one takes the place
 * of another while the cluster runs; the first is the one that shall stay.
 */
export class ClusterSecret {
  constructor(private readonly secrets: readonly string[]) {}

  /** 32 random bytes, as text. */
  static random(): string {
    return randomBytes(32).toString('base64url');
  }

  get count(): number {
    return this.secrets.length;
  }

  /** One proof for each secret. */
  proofs(prover: Prover, occasion: Occasion): Buffer[] {
    return this.secrets.map((secret) => proofOf(secret, prover, occasion));
  }

  /** Which of the secrets one of these proofs shows, the first if there are several; -1: none. */
  shownBy(proofs: readonly Buffer[], prover: Prover, occasion: Occasion): number {
    const known = this.proofs(prover, occasion);
    // All are compared, so that the time says nothing.
    const found = known.map((one) => proofs.filter((proof) => timingSafeEqual(proof, one)).length > 0);
    return found.indexOf(true);
  }

  /** For what is no conversation, a datagram: whoever made these knows the secret. One for each. */
  marks(bytes: Buffer): Buffer[] {
    return this.secrets.map((secret) => createHmac('sha256', secret).update('mneme/mark/1').update(bytes).digest());
  }

  isMarkedBy(marks: readonly Buffer[], bytes: Buffer): boolean {
    const known = this.marks(bytes);
    return known.some((one) => marks.some((mark) => mark.length === one.length && timingSafeEqual(mark, one)));
  }

  proof(index: number, prover: Prover, occasion: Occasion): Buffer {
    return proofOf(this.secrets[index]!, prover, occasion);
  }
}

// ---

function proofOf(secret: string, prover: Prover, occasion: Occasion): Buffer {
  const { purpose, dialling, answering, diallingNonce, answeringNonce, binding } = occasion;
  const mac = createHmac('sha256', secret);
  for (const part of ['mneme/secret/1', prover, purpose, dialling, answering, diallingNonce, answeringNonce, binding]) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    // Each with its length: no two occasions have the same bytes.
    mac.update(Buffer.of(bytes.length)).update(bytes);
  }
  return mac.digest();
}
