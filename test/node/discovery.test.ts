import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ClusterSecret } from '../../src/links/secret.js';
import { NO_TRUST, type Trust } from '../../src/links/trust.js';
import { type Discovery, openDiscovery } from '../../src/node/discovery/discovery.js';
import { DnsDiscovery, SrvDiscovery } from '../../src/node/discovery/dns.js';
import { KubernetesDiscovery } from '../../src/node/discovery/kubernetes.js';
import { MulticastDiscovery } from '../../src/node/discovery/multicast.js';
import { fullNames, nameService, readSearch } from '../../src/node/discovery/names.js';
import { type DiscoverySpec, parseDiscovery } from '../../src/node/discovery/spec.js';
import { freePort } from '../bench/probes.js';
import { DnsServer, type Zone } from './support/dns-server.js';
import { hasOpenssl, KubernetesApi } from './support/kubernetes-api.js';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Of<Kind> = Extract<DiscoverySpec, { kind: Kind }>;

async function found(discovery: Discovery): Promise<string[]> {
  return (await discovery.find(AbortSignal.timeout(5000))).sort();
}

describe('what --discover takes', () => {
  test.each([
    ['static:a:1,10.0.0.2', { kind: 'static', addresses: ['a:1', '10.0.0.2:7379'] }],
    ['dns:mneme.example', { kind: 'dns', name: 'mneme.example', port: 7379 }],
    ['dns:mneme:6000', { kind: 'dns', name: 'mneme', port: 6000 }],
    ['dns-srv:_mneme._tcp.example', { kind: 'dns-srv', name: '_mneme._tcp.example' }],
    ['multicast', { kind: 'multicast', group: '239.255.73.79', port: 7379 }],
    ['multicast:239.1.2.3:7000', { kind: 'multicast', group: '239.1.2.3', port: 7000 }],
    ['kubernetes', { kind: 'kubernetes', namespace: null, selector: 'app.kubernetes.io/name=mneme' }],
    ['kubernetes:shop', { kind: 'kubernetes', namespace: 'shop', selector: 'app.kubernetes.io/name=mneme' }],
    ['kubernetes:shop/app=cache,tier=1', { kind: 'kubernetes', namespace: 'shop', selector: 'app=cache,tier=1' }],
    ['kubernetes:/cache', { kind: 'kubernetes', namespace: null, selector: 'kubernetes.io/service-name=cache' }],
  ])('%s', (text, spec) => {
    expect(parseDiscovery(text)).toEqual({ text, ...spec });
  });

  test.each([
    ['', 'no mechanism ""'],
    ['consul:a', 'no mechanism "consul"'],
    ['static:', 'names no address'],
    ['static:a:0', 'a:0 has no port'],
    ['static:a:x', '"a:x" is not an address'],
    ['dns:', 'not an address'],
    ['dns:10.0.0.1', '10.0.0.1 is an address, not a name: write static:10.0.0.1'],
    ['dns-srv:a:7379', 'leave it out'],
    ['multicast:10.0.0.1:7379', '10.0.0.1 is no multicast address'],
    ['kubernetes:Shop', '"Shop" is no namespace'],
    ['kubernetes:shop/a&b', '"a&b" is no selector'],
  ])('%j is refused, with why', (text, why) => {
    expect(() => parseDiscovery(text)).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => parseDiscovery(text)).toThrow(why);
  });

  test('static gives what it names', async () => {
    expect(await found(await openDiscovery(parseDiscovery('static:b:2,a:1'), NO_TRUST))).toEqual(['a:1', 'b:2']);
  });
});

describe('dns', () => {
  async function serve(zone: Zone): Promise<DnsServer> {
    const server = await new DnsServer(zone).start();
    ends.push(() => server.close());
    return server;
  }

  const dns = (text: string, { address }: DnsServer) =>
    new DnsDiscovery(parseDiscovery(text) as Of<'dns'>, (signal) => nameService(signal, address));
  const srv = (text: string, { address }: DnsServer) =>
    new SrvDiscovery(parseDiscovery(text) as Of<'dns-srv'>, (signal) => nameService(signal, address));

  test('finds all addresses of a name, of both families, and others once they have changed', async () => {
    const server = await serve({ a: { 'mneme.test': ['10.0.0.1', '10.0.0.2', 'fd00::1'] } });
    const discovery = dns('dns:mneme.test:7000', server);
    expect(await found(discovery)).toEqual(['10.0.0.1:7000', '10.0.0.2:7000', '[fd00::1]:7000']);
    server.zone = { a: { 'mneme.test': ['10.0.0.9'] } };
    expect(await found(discovery)).toEqual(['10.0.0.9:7000']);
  });

  test('says why it finds nothing: no such name, a server that fails, one that is not there', async () => {
    const server = await serve({ a: {}, failing: ['broken.test'] });
    await expect(found(dns('dns:mneme.test', server))).rejects.toThrow('knows nothing of mneme.test');
    await expect(found(dns('dns:broken.test', server))).rejects.toThrow('broken.test: the server has failed');
    const silent = { address: `127.0.0.1:${await freePort()}` } as DnsServer;
    await expect(found(dns('dns:mneme.test', silent))).rejects.toThrow('DNS does not tell mneme.test');
  });

  test('srv finds each target with its own port, and goes on without one that has no address', async () => {
    const targets = [
      { target: 'one.test', port: 7001 },
      { target: 'two.test', port: 7002 },
      { target: 'gone.test', port: 7003 },
    ];
    const server = await serve({
      a: { 'one.test': ['10.0.0.1'], 'two.test': ['10.0.0.2'] },
      srv: { '_mneme._tcp.test': targets, '_lost._tcp.test': targets.slice(2) },
    });
    const discovery = srv('dns-srv:_mneme._tcp.test', server);
    expect(await found(discovery)).toEqual(['10.0.0.1:7001', '10.0.0.2:7002']);
    expect(discovery.lacking).toContain('knows nothing of gone.test');
    await expect(found(srv('dns-srv:_lost._tcp.test', server))).rejects.toThrow('knows nothing of gone.test');
    await expect(found(srv('dns-srv:_none._tcp.test', server))).rejects.toThrow('knows nothing of _none._tcp.test');
  });

  test('completes names as resolv.conf says', () => {
    const search = readSearch(
      'nameserver 10.0.0.10\nsearch shop.svc.cluster.local svc.cluster.local.\noptions ndots:5\n',
    );
    const [first, second] = ['shop.svc.cluster.local', 'svc.cluster.local'];
    expect(fullNames('mneme', search)).toEqual([`mneme.${first}`, `mneme.${second}`, 'mneme']);
    expect(fullNames('mneme.', search)).toEqual(['mneme']);
    expect(fullNames('a.b', { domains: [first], ndots: 1 })).toEqual(['a.b', `a.b.${first}`]);
    expect(readSearch('')).toEqual({ domains: [], ndots: 1 });
  });
});

const onLoopback = process.platform === 'linux' ? describe : describe.skip;
if (process.platform !== 'linux') process.stderr.write('left out: multicast over loopback (Linux alone takes it)\n');

onLoopback('multicast', () => {
  const multicast = (port: number, group = '239.255.73.79') =>
    new MulticastDiscovery(parseDiscovery(`multicast:${group}:${port}`) as Of<'multicast'>, () => ['127.0.0.1']);

  test('finds every node that announces itself in the group, on one machine too, and none that has ended', async () => {
    const port = await freePort();
    const endA = await multicast(port).announce('10.0.0.1:7379');
    ends.push(await multicast(port).announce('10.0.0.2:7380'));
    ends.push(await multicast(await freePort()).announce('10.0.0.3:7379'));
    expect(await found(multicast(port))).toEqual(['10.0.0.1:7379', '10.0.0.2:7380']);
    endA();
    expect(await found(multicast(port))).toEqual(['10.0.0.2:7380']);
  });

  test('tells where a node with a secret is to those alone who know it, in whichever line of their file', async () => {
    const port = await freePort();
    const spec = parseDiscovery(`multicast:239.255.73.79:${port}`) as Of<'multicast'>;
    const knowing = (...secrets: string[]) => ({ secret: new ClusterSecret(secrets), secretOptional: false });
    const by = (trust: Pick<Trust, 'secret' | 'secretOptional'>) =>
      new MulticastDiscovery(spec, () => ['127.0.0.1'], trust);
    ends.push(await by(knowing('new')).announce('10.0.0.1:7379'));
    expect(await found(by(NO_TRUST))).toEqual([]);
    expect(await found(by(knowing('other')))).toEqual([]);
    expect(await found(by(knowing('old', 'new')))).toEqual(['10.0.0.1:7379']);
    ends.push(await by({ ...knowing('new'), secretOptional: true }).announce('10.0.0.2:7379'));
    expect(await found(by(NO_TRUST))).toEqual(['10.0.0.2:7379']);
  });

  test('takes no answer that is no address', async () => {
    const port = await freePort();
    ends.push(await multicast(port).announce('10.0.0.1:7379\u001b[2J'));
    expect(await found(multicast(port))).toEqual([]);
  });

  test('without an interface it says so', async () => {
    const none = new MulticastDiscovery(parseDiscovery('multicast') as Of<'multicast'>, () => []);
    await expect(found(none)).rejects.toThrow('no network interface takes multicast');
  });
});

const whereTls = hasOpenssl ? describe : describe.skip;
if (!hasOpenssl) process.stderr.write('left out: kubernetes (openssl is not installed)\n');

whereTls('kubernetes', () => {
  async function api(): Promise<KubernetesApi> {
    const directory = mkdtempSync(`${tmpdir()}/mneme-kubernetes-`);
    const server = await new KubernetesApi(directory).start();
    ends.push(
      () => rmSync(directory, { recursive: true }),
      () => server.close(),
    );
    return server;
  }

  const kubernetes = (text: string, { access }: Pick<KubernetesApi, 'access'>) =>
    new KubernetesDiscovery(parseDiscovery(text) as Of<'kubernetes'>, access);
  const labels = { 'app.kubernetes.io/name': 'mneme', 'kubernetes.io/service-name': 'cache' };
  const ports = [
    { name: 'metrics', port: 9000 },
    { name: 'mneme', port: 7000 },
  ];

  test('finds the endpoints of the pod’s own namespace by label, ready or not, page by page', async () => {
    const server = await api();
    server.pageMax = 1;
    server.slices = [
      { namespace: 'shop', labels, addresses: ['10.0.0.1', '10.0.0.2'], ports },
      { namespace: 'shop', labels, addresses: ['10.0.0.3'], ports: ports.slice(1) },
      { namespace: 'shop', labels: { 'app.kubernetes.io/name': 'web' }, addresses: ['10.0.0.8'], ports },
      { namespace: 'other', labels, addresses: ['10.0.0.9'], ports: [] },
    ];
    const own = ['10.0.0.1:7000', '10.0.0.2:7000', '10.0.0.3:7000'];
    expect(await found(kubernetes('kubernetes', server))).toEqual(own);
    expect(await found(kubernetes('kubernetes:/cache', server))).toEqual(own);
    expect(await found(kubernetes('kubernetes:other', server))).toEqual(['10.0.0.9:7379']);
    await expect(found(kubernetes('kubernetes:shop/none', server))).rejects.toThrow(
      'no EndpointSlice in the namespace shop has endpoints for kubernetes.io/service-name=none',
    );
  });

  test('reads the token anew each time, and says what is missing when it is refused', async () => {
    const server = await api();
    server.slices = [{ namespace: 'shop', labels, addresses: ['10.0.0.1'], ports }];
    server.token = 'second-token';
    await expect(found(kubernetes('kubernetes', server))).rejects.toThrow(/answered 401: Unauthorized.*"list"/);
    server.writeAccount('second-token');
    expect(await found(kubernetes('kubernetes', server))).toEqual(['10.0.0.1:7000']);
    server.allows = false;
    await expect(found(kubernetes('kubernetes', server))).rejects.toThrow(/answered 403: .*forbidden; the role/);
  });

  test('trusts no other authority, and says where it is not in a pod', async () => {
    const [server, other] = [await api(), await api()];
    const mixed = { ...server.access, directory: other.access.directory };
    await expect(found(kubernetes('kubernetes', { access: mixed }))).rejects.toThrow(/cannot be asked: .*certificate/);
    const outside = { directory: '/nowhere', host: undefined, port: undefined };
    await expect(found(kubernetes('kubernetes:shop', { access: outside }))).rejects.toThrow('this is no pod');
    await expect(found(kubernetes('kubernetes', { access: outside }))).rejects.toThrow('/nowhere/namespace');
  });
});
