import { afterEach, describe, expect, test } from '@jest/globals';
import type { Problem } from '../../src/core/membership/problems.js';
import { DNS_SERVERS_VARIABLE } from '../../src/node/discovery/names.js';
import { parseDiscovery } from '../../src/node/discovery/spec.js';
import type { Node } from '../../src/node/node.js';
import type { NodeStartOptions } from '../../src/node/options.js';
import { startNode } from '../../src/node/run.js';
import { until } from '../e2e/processes.js';
import { DnsServer } from './support/dns-server.js';

const ends: (() => unknown)[] = [];
const { [DNS_SERVERS_VARIABLE]: servers } = process.env;

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  if (servers === undefined) delete process.env[DNS_SERVERS_VARIABLE];
  else process.env[DNS_SERVERS_VARIABLE] = servers;
});

/** A memory-only node in this process. */
async function start(name: string, more: Partial<NodeStartOptions>): Promise<Node> {
  const options = { name, listen: '127.0.0.1:0', dir: null, allowDrills: false, fsyncAlways: false, log: () => {} };
  const running = await startNode({ ...options, ...more }, () => async () => '{}');
  ends.push(() => running.stop());
  return running.node;
}

async function dnsServer(): Promise<DnsServer> {
  const server = await new DnsServer({}).start();
  process.env[DNS_SERVERS_VARIABLE] = server.address;
  ends.push(() => server.close());
  return server;
}

function problems({ core }: Node, kind: string): Problem[] {
  return core.problems.list().filter((one) => one.kind === kind);
}

const portOf = ({ address }: Node) => Number(address.split(':')[1]);

describe('a member that goes on looking', () => {
  const discover = [parseDiscovery('dns-srv:_mneme._tcp.test')];

  test('names another cluster that is found under the same name, until it is not any more', async () => {
    const dns = await dnsServer();
    const [a, x] = [await start('a', { isNew: true, discover }), await start('x', { isNew: true, discover: [] })];
    const records = [a, x].map((node) => ({ target: 'host.test', port: portOf(node) }));
    dns.zone = { a: { 'host.test': ['127.0.0.1'] }, srv: { '_mneme._tcp.test': records } };
    await a.finder!.refresh();
    await until('a names it', async () => problems(a, 'foreign-cluster').length === 1);
    const [problem] = problems(a, 'foreign-cluster');
    expect(problem?.text).toBe(
      `another cluster (${x.core.status.self.clusterId}) answers at ${x.address}, which dns-srv:_mneme._tcp.test names: nothing is exchanged with it`,
    );
    dns.zone = { ...dns.zone, srv: { '_mneme._tcp.test': records.slice(0, 1) } };
    await a.finder!.refresh();
    await until('it is over', async () => problems(a, 'foreign-cluster').length === 0);
  });

  test('names a mechanism that fails again and again, with why, and keeps to what it found before', async () => {
    const dns = await dnsServer();
    const a = await start('a', { isNew: true, discover });
    const records = [{ target: 'host.test', port: portOf(a) }];
    dns.zone = { a: { 'host.test': ['127.0.0.1'] }, srv: { '_mneme._tcp.test': records } };
    await a.finder!.refresh();
    dns.zone = { failing: ['_mneme._tcp.test'] };
    for (let i = 0; i < 3; i++) await a.finder!.refresh();
    await until('it is told', async () => problems(a, 'discovery').length === 1);
    expect(problems(a, 'discovery')[0]?.text).toContain('dns-srv:_mneme._tcp.test finds nobody: DNS does not tell');
    expect(a.finder!.places().map(({ address }) => address)).toEqual([a.address]);
    dns.zone = { a: { 'host.test': ['127.0.0.1'] }, srv: { '_mneme._tcp.test': records } };
    await a.finder!.refresh();
    await until('it is over', async () => problems(a, 'discovery').length === 0);
  });
});

describe('a member in sight', () => {
  const spec = 'dns-srv:_mneme._tcp.test';

  test('that was found, and is not any more, is named; one that joined by an address is not, and what is found again is over', async () => {
    const dns = await dnsServer();
    const a = await start('a', { isNew: true, discover: [parseDiscovery(spec)] });
    const [b, c] = [await start('b', { join: [a.address] }), await start('c', { join: [a.address] })];
    await Promise.all([b.inSync, c.inSync]);
    const record = (node: Node) => ({ target: 'host.test', port: portOf(node) });
    const zoneOf = (...nodes: Node[]) => ({
      a: { 'host.test': ['127.0.0.1'] },
      srv: { '_mneme._tcp.test': nodes.map(record) },
    });
    dns.zone = zoneOf(a, b);
    await a.finder!.refresh();
    expect(a.finder!.places().map(({ presence }) => presence?.name)).toEqual(['a', 'b']);
    dns.zone = zoneOf(a);
    await a.finder!.refresh();
    await until('b is named', async () => problems(a, 'undiscovered').length > 0);
    expect(problems(a, 'undiscovered').map(({ text }) => text)).toEqual([
      `b is in sight, but not found any more by ${spec}; it stays a member`,
    ]);
    dns.zone = zoneOf(a, b);
    await a.finder!.refresh();
    await until('it is over', async () => problems(a, 'undiscovered').length === 0);
  }, 30_000);
});

describe('a node without data', () => {
  test('that finds members of two clusters joins none, and says which they are', async () => {
    const [x, y] = [await start('x', { isNew: true }), await start('y', { isNew: true })];
    const discover = [parseDiscovery(`static:${x.address},${y.address}`)];
    const a = await start('a', { discover });
    const clusters = [x, y].map(({ core }) => core.status.self.clusterId).sort();
    await until('it says so', async () => problems(a, 'gathering')[0]?.text.includes('2 clusters') === true);
    expect(problems(a, 'gathering')[0]?.text).toContain(`finds members of 2 clusters (${clusters.join(', ')})`);
    expect(a.core.status.self.clusterId).toBeNull();
  });

  test('that is found by no mechanism of a member, and finds it, is let in under a name that is free', async () => {
    const x = await start('x', { isNew: true });
    const discover = [parseDiscovery(`static:${x.address}`)];
    const b = await start('b', { discover });
    await b.inSync;
    expect(
      x.core.status.records
        .active()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['b', 'x']);
  });

  test('names what it waits for: another number elsewhere, what does not answer, a mechanism that finds nothing', async () => {
    const dns = await dnsServer();
    dns.zone = {};
    const other = await start('other', { discover: [parseDiscovery('static:127.0.0.1:1')], expect: 5 });
    const static_ = parseDiscovery(`static:${other.address},127.0.0.1:1`);
    const a = await start('a', { discover: [static_, parseDiscovery('dns:mneme.test')], expect: 2 });
    const text = () => problems(a, 'gathering')[0]?.text ?? '';
    await until('all is told', async () => /other expects 5/.test(text()) && /127\.0\.0\.1:1 /.test(text()));
    expect(text()).toBe(
      'waits until 2 nodes see each other, to found a cluster: 1 of 2 (a); other expects 5; ' +
        '127.0.0.1:1 (static): the connection is refused: no node runs there; ' +
        'dns:mneme.test: DNS knows nothing of mneme.test now (NXDOMAIN, or no such records)',
    );
  });
});
