import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An authority for tests and the certificates that it signs, made here: a fresh machine need not have openssl. As much of X.509
 * (RFC 5280) as TLS looks at: ECDSA with P-256 and SHA-256.
 */
export class Authority {
  readonly pem: string;
  private readonly keys = newKeys();

  constructor(private readonly name = 'authority') {
    const { publicKey, privateKey } = this.keys;
    this.pem = pem(
      'CERTIFICATE',
      certificate({ name, issuer: name, publicKey, signer: privateKey, isAuthority: true }),
    );
  }

  /** @param days until it ends, from now; negative: it has ended */
  issue(name: string, days = 30): { readonly cert: string; readonly key: string } {
    const { publicKey, privateKey } = newKeys();
    const made = certificate({ name, issuer: this.name, publicKey, signer: this.keys.privateKey, days });
    return { cert: pem('CERTIFICATE', made), key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
  }

  /** The three files of a node in a directory, as `--tls-cert`, `--tls-key` and `--tls-ca` take them. */
  files(
    dir: string,
    name: string,
    days?: number,
  ): { readonly cert: string; readonly key: string; readonly ca: string } {
    mkdirSync(dir, { recursive: true });
    const { cert, key } = this.issue(name, days);
    const paths = { cert: join(dir, 'cert.pem'), key: join(dir, 'key.pem'), ca: join(dir, 'ca.pem') };
    writeFileSync(paths.cert, cert);
    writeFileSync(paths.key, key, { mode: 0o600 });
    writeFileSync(paths.ca, this.pem);
    return paths;
  }
}

// ---

const DAY_MS = 86_400_000;

interface Subject {
  readonly name: string;
  readonly issuer: string;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly days?: number | undefined;
  readonly isAuthority?: boolean;
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function certificate({ name, issuer, publicKey, signer, days = 30, isAuthority = false }: Subject): Buffer {
  const endsMs = Date.now() + days * DAY_MS;
  const serial = Buffer.concat([Buffer.of(1), randomBytes(8)]);
  const body = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(serial),
    ECDSA_SHA256,
    nameOf(issuer),
    sequence(time(Math.min(Date.now(), endsMs) - DAY_MS), time(endsMs)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(basicConstraints(isAuthority), ...(isAuthority ? [] : [localNames()]))),
  );
  const signature = sign('sha256', body, signer);
  return sequence(body, ECDSA_SHA256, tagged(0x03, Buffer.concat([Buffer.of(0), signature])));
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.of(tag, length), content]);
  if (length < 256) return Buffer.concat([Buffer.of(tag, 0x81, length), content]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 255), content]);
}

const sequence = (...parts: readonly Buffer[]) => tagged(0x30, Buffer.concat(parts));
const integer = (bytes: Buffer) => tagged(0x02, bytes);
const objectId = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'));
const ECDSA_SHA256 = sequence(objectId('2a8648ce3d040302'));

/** The common name alone. */
function nameOf(name: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId('550403'), tagged(0x0c, Buffer.from(name)))));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return tagged(0x18, Buffer.from(`${digits}Z`));
}

function basicConstraints(isAuthority: boolean): Buffer {
  const value = sequence(...(isAuthority ? [tagged(0x01, Buffer.of(0xff))] : []));
  return sequence(objectId('551d13'), tagged(0x01, Buffer.of(0xff)), tagged(0x04, value));
}

/** localhost and 127.0.0.1: what an ordinary client checks. */
function localNames(): Buffer {
  const names = sequence(tagged(0x82, Buffer.from('localhost')), tagged(0x87, Buffer.of(127, 0, 0, 1)));
  return sequence(objectId('551d11'), tagged(0x04, names));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
