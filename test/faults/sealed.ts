import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { setTrust } from '../../src/admin/client/dial.js';
import { openTrust } from '../../src/links/open-trust.js';
import { mneme } from '../e2e/processes.js';
import { Authority } from '../links/certificates.js';

/** As whom a client connects, and how. */
export interface Access {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/** TLS, a secret and users, for a run in which they are asked for. Operators show the secret, and clients say who they are. */
export class Sealed {
  /** Of every node. */
  readonly flags: readonly string[];
  private readonly ca: string;

  /** From now on this process, and the commands that it runs, show the secret. */
  static async in(directory: string): Promise<Sealed> {
    const secret = join(directory, 'secret');
    await run('cluster', 'secret', '--out', secret);
    return new Sealed(directory, secret);
  }

  private constructor(
    private readonly directory: string,
    secret: string,
  ) {
    const { cert, key, ca } = new Authority().files(join(directory, 'certificates'), 'node');
    this.ca = readFileSync(ca, 'utf8');
    this.flags = ['--secret-file', secret, '--tls-cert', cert, '--tls-key', key, '--tls-ca', ca];
    setTrust(openTrust({ secretFile: secret, tlsCa: ca }, false));
    Object.assign(process.env, { MNEME_SECRET_FILE: secret, MNEME_TLS_CA: ca });
  }

  /** The first user of a cluster is one. Nobody uses it here: operators show the secret. */
  async addAdmin(name: string, password: string, address: string): Promise<void> {
    const file = this.fileWith(name, password);
    await run('user', 'add', name, '--role', 'admin', '--new-password-file', file, '--node', address);
  }

  /** Returns the exit code. */
  async add(name: string, password: string, address: string, prefix: string | null = null): Promise<number> {
    const may = ['--role', 'write', ...(prefix === null ? [] : ['--prefix', prefix])];
    const file = this.fileWith(name, password);
    const { code } = await mneme(['user', 'add', name, ...may, '--new-password-file', file, '--node', address]);
    return code;
  }

  async change(name: string, password: string, address: string): Promise<number> {
    const file = this.fileWith(name, password);
    return (await mneme(['user', 'password', name, '--new-password-file', file, '--node', address])).code;
  }

  async remove(name: string, address: string): Promise<number> {
    return (await mneme(['user', 'remove', name, '--yes', '--node', address])).code;
  }

  accessOf(name: string, password: string): Access {
    return { username: name, password, tls: { ca: this.ca, checkServerIdentity: () => undefined } };
  }

  private fileWith(name: string, password: string): string {
    const path = join(this.directory, `${name}.password`);
    writeFileSync(path, password, { mode: 0o600 });
    return path;
  }
}

async function run(...args: string[]): Promise<void> {
  const { code, stderr } = await mneme(args);
  if (code !== 0) throw new Error(`mneme ${args.join(' ')} ended with ${code}: ${stderr}`);
}
