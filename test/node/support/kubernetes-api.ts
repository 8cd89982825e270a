import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KubernetesAccess } from '../../../src/node/discovery/kubernetes.js';

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

export interface Slice {
  readonly namespace: string;
  readonly labels: Record<string, string>;
  readonly addresses: string[];
  readonly ports: { name: string; port: number }[];
}

/** Answers over HTTPS as the Kubernetes API does for EndpointSlices: with the right token, by namespace and labels, in pages. */
export class KubernetesApi {
  slices: Slice[] = [];
  token = 'first-token';
  pageMax = 100;
  /** Who asks with the right token has the right to list. */
  allows = true;
  private readonly server: Server;

  /** @param directory where the files of the service account are written. */
  constructor(private readonly directory: string) {
    mkdirSync(directory, { recursive: true });
    const [key, certificate] = [`${directory}/key.pem`, `${directory}/ca.crt`];
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate],
      ...['-subj', '/CN=kubernetes', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ]);
    if (made.status !== 0) throw new Error(String(made.stderr));
    this.server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
      const { status, body } = this.answer(request.url ?? '', request.headers.authorization);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  }

  async start(): Promise<this> {
    this.writeAccount(this.token);
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return this;
  }

  writeAccount(token: string): void {
    writeFileSync(`${this.directory}/token`, `${token}\n`);
    writeFileSync(`${this.directory}/namespace`, 'shop');
  }

  get access(): KubernetesAccess {
    return { directory: this.directory, host: '127.0.0.1', port: String((this.server.address() as AddressInfo).port) };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private answer(url: string, authorization: string | undefined): { status: number; body: unknown } {
    if (authorization !== `Bearer ${this.token}`) return failure(401, 'Unauthorized');
    const { pathname, searchParams } = new URL(url, 'https://kubernetes');
    const namespace = /^\/apis\/discovery\.k8s\.io\/v1\/namespaces\/([^/]+)\/endpointslices$/.exec(pathname)?.[1];
    if (namespace === undefined) return failure(404, 'the server could not find the requested resource');
    if (!this.allows) return failure(403, 'endpointslices.discovery.k8s.io is forbidden');
    const wanted = (searchParams.get('labelSelector') ?? '').split(',').map((one) => one.split('='));
    const found = this.slices.filter(
      (one) => one.namespace === namespace && wanted.every(([key = '', value]) => one.labels[key] === value),
    );
    const from = Number(searchParams.get('continue') ?? 0);
    const items = found.slice(from, from + this.pageMax).map(({ addresses, ports }) => ({
      addressType: 'IPv4',
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: false } })),
      ports,
    }));
    const more = from + this.pageMax < found.length ? { continue: String(from + this.pageMax) } : {};
    return { status: 200, body: { kind: 'EndpointSliceList', metadata: more, items } };
  }
}

function failure(status: number, message: string): { status: number; body: unknown } {
  return { status, body: { kind: 'Status', status: 'Failure', message, code: status } };
}
