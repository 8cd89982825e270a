import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { parseAddress } from '../../src/links/address.js';
import { PROOF_PREAMBLE } from '../../src/links/exchange.js';
import { connectPlainly, openSocket } from '../../src/links/open-socket.js';
import { openTrust } from '../../src/links/open-trust.js';
import type { Trust } from '../../src/links/trust.js';
import { freePort } from '../bench/probes.js';
import { mneme, NodeProcess } from '../e2e/processes.js';
import { Authority } from '../links/certificates.js';
import type { Prng } from '../sim/prng.js';
import { mutated, noise } from './mutate.js';
import { conversation, request } from './talk.js';
import { Tap } from './tap.js';

export interface User {
  readonly name: string;
  readonly password: string;
}

const HANDSHAKE_MS_MAX = 10_000;
/** id, number of proofs; then the proofs. */
const [ID_BYTES, PROOF_BYTES] = [8, 32];

/** A node behind TLS, a secret and users, and the ways to it: of strangers, of clients, and of those who know the secret. */
export class Sealed {
  /** What was sent when somebody came in by TLS, as it went over the wire. */
  private handshakes: Buffer[] = [];

  private constructor(
    readonly node: NodeProcess,
    /** Its port for clients of this machine. */
    readonly plainAddress: string,
    /** Of a node of the cluster, and of a client that knows whom to trust. */
    private readonly trust: Trust,
    private readonly visitor: Trust,
  ) {}

  /** Running, and from its start on among `nodes`, which are ended in any case; with an admin and a user who may write what begins with k. */
  static async in(
    dir: string,
    nodes: NodeProcess[],
    limits: readonly string[],
    admin: User,
    app: User,
  ): Promise<Sealed> {
    const { cert, key, ca } = new Authority().files(join(dir, 'certificates'), 'sealed');
    const secret = join(dir, 'secret');
    const plainAddress = `127.0.0.1:${await freePort()}`;
    await done(['cluster', 'secret', '--out', secret]);
    const tls = ['--tls-cert', cert, '--tls-key', key, '--tls-ca', ca];
    const node = new NodeProcess('sealed', join(dir, 'sealed'), [
      ...[...limits, ...tls, '--secret-file', secret, '--listen-plain', plainAddress],
    ]);
    nodes.push(node);
    await node.start();
    const ask = ['--node', node.address, '--secret-file', secret, '--tls-ca', ca];
    for (const [{ name, password }, flags] of [
      [admin, ['--role', 'admin']],
      [app, ['--role', 'write', '--prefix', 'k']],
    ] as const) {
      const file = join(dir, `${name}.password`);
      writeFileSync(file, password, { mode: 0o600 });
      await done(['user', 'add', name, ...flags, '--new-password-file', file, ...ask]);
    }
    const trust = openTrust({ secretFile: secret, tlsCert: cert, tlsKey: key, tlsCa: ca }, true);
    const sealed = new Sealed(node, plainAddress, trust, openTrust({ tlsCa: ca }, false));
    await sealed.listenIn(request('AUTH', app.name, app.password));
    return sealed;
  }

  /** By TLS, as a client that knows no secret. */
  async asClient(pieces: readonly Buffer[]): Promise<Buffer> {
    return conversation(await this.secure(this.node.address), pieces);
  }

  /** By TLS, with the secret: as a node, or as an operator. */
  async withSecret(purpose: 'link' | 'client', pieces: readonly Buffer[], patienceMs?: number): Promise<Buffer> {
    const { trust } = this;
    const target = parseAddress(this.node.address);
    const options = { target, purpose, trust, replica: null, timeoutMs: HANDSHAKE_MS_MAX, connectTo: connectPlainly };
    const socket = await new Promise<Socket | null>((resolve) =>
      openSocket(options, (opened) => resolve(opened instanceof Error ? null : opened.socket)),
    );
    return socket === null ? Buffer.alloc(0) : conversation(socket, pieces, patienceMs);
  }

  /** What came over the wire when somebody came in by TLS, broken in some places. */
  brokenTls(random: Prng): Buffer {
    const stream = random.pick(this.handshakes);
    return random.chance(0.1)
      ? noise(random, 500)
      : mutated(random, stream.subarray(0, random.between(1, stream.length)));
  }

  private async secure(address: string): Promise<Socket> {
    const { tls } = this.visitor;
    const secureContext = tls!.context;
    const socket = connectTls({ ...parseAddress(address), secureContext, checkServerIdentity: () => undefined });
    await new Promise<void>((resolve) => {
      socket.once('secureConnect', resolve).once('error', () => resolve());
      socket.setTimeout(HANDSHAKE_MS_MAX, () => resolve());
    });
    return socket;
  }

  private async listenIn(login: Buffer): Promise<void> {
    const tap = await Tap.before(this.node.address);
    const quit = request('QUIT');
    const asUser = [login, request('SET', 'k', 'v'), quit];
    const answers = [
      await conversation(await this.secure(tap.address), asUser, HANDSHAKE_MS_MAX),
      await this.withSecret('client', [request('PING'), quit], HANDSHAKE_MS_MAX),
    ];
    if (String(answers) !== '+OK\r\n+OK\r\n+OK\r\n,+PONG\r\n+OK\r\n') throw new Error(`no way in: ${answers}`);
    this.handshakes = tap.all;
    tap.close();
  }
}

/** What somebody shows who does not know the secret, in the right form or nearly so. */
export function falseProof(random: Prng): Buffer[] {
  const opening = Buffer.concat([PROOF_PREAMBLE, Buffer.from(random.pick(['L', 'C'])), bytes(random, PROOF_BYTES)]);
  const count = random.chance(0.8) ? random.between(1, 2) : random.between(0, 255);
  const proofs = Buffer.concat([bytes(random, ID_BYTES), Buffer.of(count), bytes(random, count * PROOF_BYTES)]);
  return [
    random.chance(0.2) ? mutated(random, opening) : opening,
    random.chance(0.3) ? mutated(random, proofs) : proofs,
  ];
}

/** Whether the end that was dialled said yes to a proof: to 'C', its id and its nonce it added 'Y'. */
export function saidYes(answer: Buffer): boolean {
  return answer[0] === 0x43 && answer[1 + ID_BYTES + PROOF_BYTES] === 0x59;
}

// ---

function bytes(random: Prng, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.between(0, 255)));
}

async function done(args: readonly string[]): Promise<void> {
  const { code, stderr } = await mneme(args);
  if (code !== 0) throw new Error(`mneme ${args.join(' ')} ended with ${code}: ${stderr}`);
}
