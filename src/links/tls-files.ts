import { constants, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { OperatorError } from '../core/model/errors.js';
import { systemReason } from '../core/model/system-errors.js';
import { advice, quoteWord } from '../hints/advice.js';

/** Files in PEM. */
export interface TlsPaths {
  /** Whom to trust: links and CLI trust every certificate that these have signed. */
  readonly ca: string;
  /** null: none of its own, for a CLI that need not show one. */
  readonly cert: string | null;
  readonly key: string | null;
}

/** A certificate of one's own. */
export interface OwnCertificate {
  readonly path: string;
  readonly subject: string;
  /** Unix time in milliseconds. */
  readonly endsMs: number;
}

/** Certificates and key of this process, read anew when the files change. */
export class TlsFiles {
  private current: { context: SecureContext; options: SecureContextOptions; own: OwnCertificate | null };
  private seen: string;

  /** Throws OperatorError `refused` where a file cannot be read, or the three do not go together. */
  constructor(readonly paths: TlsPaths) {
    this.seen = this.stamp();
    this.current = this.load();
  }

  get context(): SecureContext {
    return this.current.context;
  }

  get options(): SecureContextOptions {
    return this.current.options;
  }

  /** null: none. */
  get own(): OwnCertificate | null {
    return this.current.own;
  }

  /**
   * Returns whether the files had changed. Throws as the constructor does; what was good before stays in use, and the files are
   * read again the next time, since they may be in the middle of being replaced.
   */
  refresh(): boolean {
    const stamp = this.stamp();
    if (stamp === this.seen) return false;
    this.current = this.load();
    this.seen = stamp;
    return true;
  }

  /** Tells a replaced file, also by a symbolic link that points elsewhere. */
  private stamp(): string {
    const { ca, cert, key } = this.paths;
    return [ca, cert, key].map(stampOf).join();
  }

  private load(): { context: SecureContext; options: SecureContextOptions; own: OwnCertificate | null } {
    const { ca, cert, key } = this.paths;
    const options: SecureContextOptions = {
      ca: read(ca),
      ...(cert === null || key === null ? {} : { cert: read(cert), key: read(key) }),
      minVersion: 'TLSv1.3',
      // A session that is taken up again would not be checked against certificates that were replaced since.
      secureOptions: constants.SSL_OP_NO_TICKET,
    };
    try {
      const context = createSecureContext(options);
      return { context, options, own: cert === null ? null : ownOf(cert) };
    } catch (cause) {
      const all = [cert, key, ca].filter((one) => one !== null).join(', ');
      throw new OperatorError('refused', `TLS cannot be set up with ${all}: ${reasonOf(cause)}`, PEM, { cause });
    }
  }
}

// ---

const PEM = 'All three are in PEM; the key belongs to the certificate, and needs no password.';

function stampOf(path: string | null): string {
  if (path === null) return '';
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino}:${size}:${mtimeMs}`;
  } catch {
    return 'gone';
  }
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const why = systemReason(cause);
    throw new OperatorError('refused', `${path} cannot be read: ${why}`, advice(`ls -l ${quoteWord(path)}`, PEM), {
      cause,
    });
  }
}

function ownOf(path: string): OwnCertificate {
  const { subject, validTo } = new X509Certificate(read(path));
  return { path, subject: subject.replaceAll('\n', ', '), endsMs: Date.parse(validTo) };
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return 'the key is not that of the certificate';
  return message;
}
