import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../bench/probes.js';
import { DnsServer, type Zone } from '../node/support/dns-server.js';
import { hasOpenssl, KubernetesApi } from '../node/support/kubernetes-api.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const ends: (() => unknown)[] = [];
let worlds = 0;

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});
afterAll(() => directory.remove());

// All of 127.0.0.0/8 is this machine on Linux, so that nodes can have one port, as behind a name they must.
const withHosts = process.platform === 'linux' ? describe : describe.skip;
if (process.platform !== 'linux') process.stderr.write('left out: nodes at 127.0.0.2 (Linux alone has it)\n');

async function dnsServer(zone: Zone): Promise<DnsServer> {
  const server = await new DnsServer(zone).start();
  ends.push(() => server.close());
  return server;
}

/** Nodes of one cluster that is to be, with directories of their own and the environment that they need. */
function makeNodes(names: readonly string[], flags: readonly string[], env: readonly string[]): NodeProcess[] {
  const place = `${directory.path}/${++worlds}`;
  return names.map((name) => {
    const node = new NodeProcess(name, `${place}/${name}`, flags, ['env', ...env]);
    ends.push(() => node.kill());
    return node;
  });
}

const gatheringText = async (address: string): Promise<string> => {
  const status = await statusOf(address).catch(() => null);
  return status?.problems?.find(({ kind }) => kind === 'gathering')?.text ?? '';
};

async function expectOneCluster(nodes: readonly NodeProcess[]): Promise<string> {
  await untilInSync(...nodes);
  const statuses = await Promise.all(nodes.map(({ address }) => statusOf(address)));
  expect(new Set(statuses.map(({ clusterId }) => clusterId)).size).toBe(1);
  expect(statuses.filter(({ self }) => self.founded)).toHaveLength(1);
  return statuses[0]!.clusterId;
}

withHosts('three nodes that expect three, by a DNS that names only some of them', () => {
  test('wait, say for what, found one cluster when the last is there, and find each other at new addresses', async () => {
    const dns = await dnsServer({ a: { 'mneme.test': ['127.0.0.1'] } });
    const port = await freePort();
    const flags = ['--discover', `dns:mneme.test:${port}`, '--expect', '3', '--failure-timeout', '1s'];
    const [a, b, c] = makeNodes(['a', 'b', 'c'], flags, [`MNEME_DNS_SERVERS=${dns.address}`]) as [
      NodeProcess,
      NodeProcess,
      NodeProcess,
    ];
    const first = a.start(null, `127.0.0.1:${port}`);
    const waiting = ['--node', `127.0.0.1:${port}`];
    await until('a says what it waits for', async () => / 1 of 3 \(a\)/.test(await gatheringText(`127.0.0.1:${port}`)));
    expect(await mneme(['cluster', 'status', ...waiting])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining(
        'PROBLEM at a: waits until 3 nodes see each other, to found a cluster: 1 of 3 (a)',
      ),
    });
    const refused = await mneme(['entry', 'set', 'k', 'v', ...waiting]);
    expect(`${refused.stdout}${refused.stderr}`).toMatch(/LOADING this node waits until 3 nodes/);
    // The name of c is not there before the cluster is: it finds a, and a learns of it by that.
    dns.zone = { a: { 'mneme.test': ['127.0.0.1', '127.0.0.2'] } };
    const others = [b.start(null, `127.0.0.2:${port}`), c.start(null, `127.0.0.3:${port}`)];
    await Promise.all([first, ...others]);
    const clusterId = await expectOneCluster([a, b, c]);
    expect(await mneme(['cluster', 'discover', ...waiting])).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /a finds: 2 nodes; c not found[\s\S]*c \(127\.0\.0\.3:\d+\) is a member and was not found; there is a link/,
      ),
    });
    await mneme(['entry', 'set', 'k', 'v', ...waiting]);

    await Promise.all([a, b, c].map((one) => one.kill('SIGTERM')));
    dns.zone = { a: { 'mneme.test': ['127.0.0.11', '127.0.0.12', '127.0.0.13'] } };
    const anew = [a, b, c].map((one, i) => one.start(null, `127.0.0.1${i + 1}:${port}`));
    await Promise.all(anew);
    await untilInSync(a, b, c);
    expect((await statusOf(c.address)).clusterId).toBe(clusterId);
    expect((await mneme(['entry', 'get', 'k', '--node', c.address])).stdout.trim()).toBe('v');
    expect(await mneme(['cluster', 'discover', '--node', b.address])).toMatchObject({ code: 0 });

    await c.kill('SIGTERM');
    dns.zone = { a: { 'mneme.test': ['127.0.0.11', '127.0.0.12'] } };
    await until('a says that c is not found', async () =>
      ((await statusOf(a.address)).problems ?? []).some(({ kind }) => kind === 'undiscovered'),
    );
    const { members, problems = [] } = await statusOf(a.address);
    expect(members.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(problems[0]?.text).toContain(
      `c is out of reach, and not found by dns:mneme.test:${port}; it stays a member`,
    );
  }, 120_000);
});

describe('three nodes that expect three', () => {
  test('by SRV records, where one stands still when the others are there, and a fourth that joins in the same way', async () => {
    const ports = await Promise.all(['a', 'b', 'c', 'd'].map(() => freePort()));
    const records = ports.map((port) => ({ target: 'host.test', port }));
    const dns = await dnsServer({ a: { 'host.test': ['127.0.0.1'] }, srv: { '_mneme._tcp.test': records } });
    const find = ['--discover', 'dns-srv:_mneme._tcp.test'];
    const env = [`MNEME_DNS_SERVERS=${dns.address}`];
    const nodes = makeNodes(['a', 'b', 'c'], [...find, '--expect', '3'], env);
    const [a, b, c] = ports as [number, number, number, number];
    const start = (i: number) => nodes[i]!.start(null, `127.0.0.1:${ports[i]}`);
    const says = (port: number, text: string) => async () => (await gatheringText(`127.0.0.1:${port}`)).includes(text);
    const starting = [start(0), start(1)];
    await until('a sees b', says(a, '2 of 3 (a, b)'));
    const { pid } = (await statusOf(`127.0.0.1:${b}`)).self;
    process.kill(pid, 'SIGSTOP');
    starting.push(start(2));
    await until('a sees c, and b no more', says(a, '2 of 3 (a, c)'));
    await until('a says why', says(a, `127.0.0.1:${b} (dns-srv:_mneme._tcp.test): no answer in`));
    await until('c sees a', says(c, '2 of 3 (a, c)'));
    process.kill(pid, 'SIGCONT');
    await Promise.all(starting);
    await expectOneCluster(nodes);
    const [late] = makeNodes(['d'], find, env);
    // Where the command says nothing else, a join is by what is found.
    await late!.start('', `127.0.0.1:${ports[3]}`);
    await untilInSync(...nodes, late!);
    expect((await statusOf(late!.address)).self.founded).toBe(false);
  }, 90_000);

  const whereTls = hasOpenssl ? test : test.skip;
  if (!hasOpenssl) process.stderr.write('left out: nodes that ask Kubernetes (openssl is not installed)\n');

  whereTls(
    'by the endpoints that Kubernetes lists, all started at the same moment',
    async () => {
      const api = await new KubernetesApi(`${directory.path}/account`).start();
      ends.push(() => api.close());
      const ports = await Promise.all(['a', 'b', 'c'].map(() => freePort()));
      api.slices = ports.map((port) => ({
        ...{ namespace: 'shop', labels: { 'kubernetes.io/service-name': 'cache' }, addresses: ['127.0.0.1'] },
        ports: [{ name: 'mneme', port }],
      }));
      const { directory: account, port: apiPort } = api.access;
      const env = [
        `MNEME_SERVICE_ACCOUNT=${account}`,
        'KUBERNETES_SERVICE_HOST=127.0.0.1',
        `KUBERNETES_SERVICE_PORT=${apiPort}`,
      ];
      const nodes = makeNodes(['a', 'b', 'c'], ['--discover', 'kubernetes:/cache', '--expect', '3'], env);
      await Promise.all(nodes.map((node, i) => node.start(null, `127.0.0.1:${ports[i]}`)));
      await expectOneCluster(nodes);
      api.allows = false;
      await until('a says that it may not ask any more', async () =>
        (await mneme(['cluster', 'discover', '--node', nodes[0]!.address])).stdout.includes('answered 403'),
      );
    },
    90_000,
  );
});

describe('a start that is told how to find others', () => {
  const start = (...more: string[]) =>
    mneme(['cluster', 'start', '--name', 'x', '--dir', `${directory.path}/x`, '--listen', '127.0.0.1:0', ...more]);

  test('is refused without data unless it says how many found a cluster', async () => {
    const { code, stderr } = await start('--discover', 'dns:mneme.test');
    expect(code).toBe(2);
    expect(stderr).toContain('--expect N');
  });

  test('is refused with a number and no way to find them, and with what is no way', async () => {
    expect(await start('--expect', '3')).toMatchObject({ code: 2, stderr: expect.stringContaining('--discover') });
    const wrong = await start('--discover', 'consul:a', '--expect', '3');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('no mechanism "consul"') });
  });
});
