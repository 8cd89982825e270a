import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMemberAddress } from '../../core/model/names.js';
import { SECRETS_MAX } from '../../links/secret.js';
import { NO_TRUST, type Trust } from '../../links/trust.js';
import type { Discovery } from './discovery.js';
import type { DiscoverySpec } from './spec.js';

/** The question, and what an answer begins with; the node's address follows. */
const QUESTION = Buffer.from('mneme? 1');
/** What one begins with that is asked with a secret; a number drawn by chance follows, and the marks of it, in hexadecimal digits. */
const MARKED = 'mneme? 2 ';
const NONCE_BYTES = 16;
const ANSWER = 'mneme! 1 ';
const DATAGRAM_MAX = 512;
/** Asked twice, since a datagram may be lost. */
const ASKINGS = 2;
const ASKING_MS = 250;
const FOUND_MAX = 256;

/**
 * Ask all nodes of the local network, which answer to whoever asked; those with a secret, to whoever knows it. Routers do not pass it
 * on.
 */
export class MulticastDiscovery implements Discovery {
  readonly text: string;

  constructor(
    private readonly spec: Extract<DiscoverySpec, { kind: 'multicast' }>,
    /** IPv4 addresses of the interfaces to use. */
    private readonly interfaces: () => string[] = ownAddresses,
    private readonly trust: Pick<Trust, 'secret' | 'secretOptional'> = NO_TRUST,
  ) {
    this.text = spec.text;
  }

  async find(signal: AbortSignal): Promise<string[]> {
    const found = new Set<string>();
    const asking = await Promise.all(this.interfaces().map((one) => this.askFrom(one, found)));
    const sockets = asking.filter((one) => one !== null);
    try {
      if (sockets.length === 0) throw new Error(`no network interface takes multicast to ${this.spec.group}`);
      for (let i = 0; i < ASKINGS; i++) {
        for (const socket of sockets)
          for (const question of this.questions()) socket.send(question, this.spec.port, this.spec.group, () => {});
        await sleep(ASKING_MS, undefined, { signal });
      }
    } finally {
      for (const socket of sockets) socket.close();
    }
    return [...found];
  }

  async announce(address: string): Promise<() => void> {
    const { group, port } = this.spec;
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    socket.on('error', () => {});
    socket.on('message', (message, from) => {
      if (this.mayKnow(message)) socket.send(`${ANSWER}${address}`, from.port, from.address, () => {});
    });
    socket.bind(port);
    await once(socket, 'listening');
    socket.unref();
    const joined = this.interfaces().filter((one) => joins(socket, group, one));
    if (joined.length > 0) return () => socket.close();
    socket.close();
    throw new Error(`no network interface takes multicast to ${group}`);
  }

  private questions(): Buffer[] {
    const { secret, secretOptional } = this.trust;
    if (secret === null) return [QUESTION];
    const nonce = randomBytes(NONCE_BYTES);
    const marks = secret.marks(nonce).map((mark) => mark.toString('hex'));
    const marked = Buffer.from(`${MARKED}${nonce.toString('hex')} ${marks.join(' ')}`);
    return secretOptional ? [marked, QUESTION] : [marked];
  }

  /** Whether whoever asks so is told where this node is. */
  private mayKnow(question: Buffer): boolean {
    const { secret, secretOptional } = this.trust;
    if (question.equals(QUESTION)) return secret === null || secretOptional;
    const text = question.length > DATAGRAM_MAX ? '' : question.toString('latin1');
    if (secret === null || !text.startsWith(MARKED)) return false;
    const [nonce = '', ...marks] = text.slice(MARKED.length).split(' ');
    if (nonce.length !== 2 * NONCE_BYTES || marks.length > SECRETS_MAX) return false;
    return secret.isMarkedBy(
      marks.map((mark) => Buffer.from(mark, 'hex')),
      Buffer.from(nonce, 'hex'),
    );
  }

  /** A socket that sends by one interface; null: it takes no multicast. */
  private async askFrom(address: string, found: Set<string>): Promise<Socket | null> {
    const socket = createSocket('udp4');
    socket.on('error', () => {});
    socket.on('message', (message) => {
      const text = message.length > DATAGRAM_MAX ? '' : message.toString('utf8');
      const named = text.startsWith(ANSWER) ? text.slice(ANSWER.length) : '';
      if (isMemberAddress(named) && found.size < FOUND_MAX) found.add(named);
    });
    socket.bind(0, address);
    try {
      await once(socket, 'listening');
      socket.setMulticastInterface(address);
      socket.setMulticastTTL(1);
      socket.setMulticastLoopback(true);
      return socket;
    } catch {
      socket.close();
      return null;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function joins(socket: Socket, group: string, address: string): boolean {
  try {
    socket.addMembership(group, address);
    return true;
  } catch {
    // An interface without multicast: the others do.
    return false;
  }
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) =>
    (list ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  );
}
