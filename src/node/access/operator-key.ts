import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Identity } from '../../fronts/resp/access/identity.js';

/** A user of each node by itself, whose password lies in the data directory: the way back in for whoever may read there. */
export const OPERATOR: Identity = { name: 'operator', role: 'admin', prefix: null };

const FILE = 'operator-key';

/** Made anew by each start, and good at this machine alone. */
export class OperatorKey {
  private constructor(
    private readonly path: string,
    private readonly key: Buffer,
  ) {}

  /** @throws as the file system does */
  static write(dir: string): OperatorKey {
    const key = randomBytes(32).toString('base64url');
    const path = join(dir, FILE);
    rmSync(path, { force: true });
    writeFileSync(path, `${key}\n`, { mode: 0o600, flag: 'wx' });
    return new OperatorKey(path, Buffer.from(key));
  }

  /** The start has failed. */
  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** @param address of the client, "host:port" */
  opensWith(password: Uint8Array, address: string): boolean {
    if (!isOwnMachine(address)) return false;
    return password.length === this.key.length && timingSafeEqual(password, this.key);
  }
}

/** As whoever started the node may ask it; null: there is no such file, or it cannot be read. */
export function readOperatorKey(dir: string): { name: string; password: string } | null {
  try {
    return { name: OPERATOR.name, password: readFileSync(join(dir, FILE), 'utf8').trim() };
  } catch {
    return null;
  }
}

/** A node that listens at an address of the network sees its own machine come from that address. */
function isOwnMachine(address: string): boolean {
  if (LOOPBACK.test(address)) return true;
  const host = address.replace(/:\d+$/, '').replace(/^\[(?:::ffff:)?|\]$/g, '');
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some((one) => one.address === host));
}

const LOOPBACK = /^(127\.|\[::1\]|\[::ffff:127\.)/;
