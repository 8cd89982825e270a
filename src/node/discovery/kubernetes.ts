import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { DEFAULT_PORT, formatAddress } from '../../links/address.js';
import type { Discovery } from './discovery.js';
import type { DiscoverySpec } from './spec.js';

/** Where Kubernetes puts what a pod needs to ask its API (token, ca.crt, namespace), and what names another directory with the same. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const SERVICE_ACCOUNT_VARIABLE = 'MNEME_SERVICE_ACCOUNT';
/** The name of the port in the service, where there are several. */
const PORT_NAME = 'mneme';
const PAGE = 250;
const PAGES_MAX = 20;
const REPLY_BYTES_MAX = 8 * 1024 * 1024;

/** Where the API is. */
export interface KubernetesAccess {
  readonly directory: string;
  readonly host: string | undefined;
  readonly port: string | undefined;
}

/** The endpoints of services, ready or not: a node that waits for the others is not ready, and is to be found. Asked again, not watched. */
export class KubernetesDiscovery implements Discovery {
  readonly text: string;

  constructor(
    private readonly spec: Extract<DiscoverySpec, { kind: 'kubernetes' }>,
    private readonly access: KubernetesAccess = accessOf(process.env),
  ) {
    this.text = spec.text;
  }

  async find(signal: AbortSignal): Promise<string[]> {
    const namespace = this.spec.namespace ?? (await this.read('namespace'));
    const found: string[] = [];
    let next = '';
    for (let page = 0; page < PAGES_MAX; page++) {
      const query = new URLSearchParams({ labelSelector: this.spec.selector, limit: String(PAGE) });
      if (next !== '') query.set('continue', next);
      const list = await this.list(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?${query}`, signal);
      found.push(...list.items.flatMap(addressesOf));
      next = list.metadata?.continue ?? '';
      if (next === '') break;
    }
    if (found.length > 0) return [...new Set(found)];
    throw new Error(`no EndpointSlice in the namespace ${namespace} has endpoints for ${this.spec.selector}`);
  }

  /** The token is read anew for each question: it is replaced every hour. */
  private async list(path: string, signal: AbortSignal): Promise<SliceList> {
    const { host, port = '443' } = this.access;
    if (host === undefined) throw new Error('KUBERNETES_SERVICE_HOST is not set: this is no pod');
    const [token, ca] = await Promise.all([this.read('token'), this.read('ca.crt')]);
    const { status, body } = await get({ host, port, path, ca, token, signal });
    if (status !== 200) throw new Error(refusal(status, body));
    return parsed(body);
  }

  private async read(name: string): Promise<string> {
    const path = `${this.access.directory}/${name}`;
    try {
      return (await readFile(path, 'utf8')).trim();
    } catch (cause) {
      throw new Error(`the service account cannot be read: ${(cause as Error).message}`, { cause });
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

interface SliceList {
  readonly items: readonly Slice[];
  readonly metadata?: { readonly continue?: string };
}

interface Slice {
  readonly addressType?: string;
  readonly endpoints?: readonly { readonly addresses?: readonly string[] }[] | null;
  readonly ports?: readonly { readonly name?: string; readonly port?: number }[] | null;
}

function accessOf(env: NodeJS.ProcessEnv): KubernetesAccess {
  const directory = env[SERVICE_ACCOUNT_VARIABLE] ?? SERVICE_ACCOUNT;
  return { directory, host: env.KUBERNETES_SERVICE_HOST, port: env.KUBERNETES_SERVICE_PORT };
}

function addressesOf({ endpoints, ports }: Slice): string[] {
  const listed = ports ?? [];
  const port = (listed.find(({ name }) => name === PORT_NAME) ?? (listed.length === 1 ? listed[0] : undefined))?.port;
  return (endpoints ?? [])
    .flatMap(({ addresses = [] }) => addresses)
    .map((host) => formatAddress({ host, port: port ?? DEFAULT_PORT }));
}

interface Question {
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly ca: string;
  readonly token: string;
  readonly signal: AbortSignal;
}

function get({ host, port, path, ca, token, signal }: Question): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(new Error(`the Kubernetes API at ${host}:${port} cannot be asked: ${cause.message}`, { cause }));
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const asked = request({ host, port, path, ca, headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', fail);
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > REPLY_BYTES_MAX) asked.destroy(new Error(`its answer is over ${REPLY_BYTES_MAX} bytes`));
        else chunks.push(chunk);
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    asked.on('error', fail);
    asked.end();
  });
}

function parsed(body: string): SliceList {
  try {
    const list = JSON.parse(body) as SliceList;
    if (Array.isArray(list.items)) return list;
  } catch {
    // Told below.
  }
  throw new Error('the Kubernetes API answered with what is no list of EndpointSlices');
}

function refusal(status: number, body: string): string {
  let message = '';
  try {
    message = (JSON.parse(body) as { message?: string }).message ?? '';
  } catch {
    // Some proxy answers: the status says enough.
  }
  const why = message === '' ? '' : `: ${message.slice(0, 300)}`;
  const needs =
    status === 401 || status === 403
      ? '; the role of its service account needs "list" of endpointslices in discovery.k8s.io'
      : '';
  return `the Kubernetes API answered ${status}${why}${needs}`;
}
