import { afterEach, describe, expect, test } from '@jest/globals';
import type { DiscoverReply, PlaceView } from '../../src/admin/protocol/api.js';
import ClusterDiscover from '../../src/commands/cluster/discover.js';
import { freePort } from '../bench/probes.js';
import { type FakeCluster, startCluster } from './fake-cluster.js';
import { runCommand } from './run-command.js';

let cluster: FakeCluster;
afterEach(() => cluster.stop());

const DNS = 'dns:mneme.example';
const nobody = { is: null, name: null, replica: null, clusterId: null, expects: null, failure: null } as const;

function place(address: string, more: Partial<PlaceView>): PlaceView {
  return { ...nobody, address, from: [DNS], ...more };
}

async function discover(more: Partial<DiscoverReply>) {
  cluster = await startCluster({ a: {} });
  const { node } = cluster.member('a');
  const self = { name: 'a', replica: 'r1', address: '10.0.0.1:7379' };
  const reply = { ...self, clusterId: 'c1', places: [], missed: [], mechanisms: [] };
  node.handlers.DISCOVER = () => ({ ...reply, ...more });
  return runCommand(ClusterDiscover, ['--node', node.address]);
}

describe('cluster discover', () => {
  test('with all members found is done', async () => {
    const { stdout, exitCode } = await discover({
      mechanisms: [{ text: DNS, found: 2, failure: null }],
      places: [
        place('10.0.0.1:7379', { is: 'self', name: 'a', clusterId: 'c1' }),
        place('10.0.0.2:7379', { is: 'member', name: 'b', clusterId: 'c1' }),
      ],
    });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      [
        'a finds: 2 nodes; nobody is missing',
        '',
        'NODE  ADDRESS        IS         CLUSTER  FOUND BY',
        'a     10.0.0.1:7379  this node  c1       dns:mneme.example',
        'b     10.0.0.2:7379  member     c1       dns:mneme.example',
        '',
        'dns:mneme.example names 2 addresses',
        '',
      ].join('\n'),
    );
  });

  test('names what does not answer, who waits, another cluster, a mechanism that fails, and members that are not found', async () => {
    const { stdout, exitCode } = await discover({
      mechanisms: [
        { text: 'static:10.0.0.2:7379,10.0.0.3:7379', found: 2, failure: null },
        { text: DNS, found: null, failure: 'DNS knows nothing of mneme.example now' },
      ],
      places: [
        place('10.0.0.2:7379', { failure: 'no answer in 1 s', from: ['static:10.0.0.2:7379,10.0.0.3:7379'] }),
        place('10.0.0.3:7379', { is: 'waiting', name: 'c', expects: 3, from: [] }),
        place('10.0.0.4:7379', { is: 'stranger', name: 'x', clusterId: 'c2' }),
      ],
      missed: [{ name: 'd', replica: 'r4', address: '10.0.0.5:7379', linked: false }],
    });
    expect(exitCode).toBe(3);
    expect(stdout).toContain('a finds: 2 nodes; 1 address does not answer; d not found; dns:mneme.example\nfailing\n');
    expect(stdout).toMatch(/^–\s+10\.0\.0\.2:7379\s+no answer in 1 s\s+–\s+static$/m);
    expect(stdout).toMatch(/^c\s+10\.0\.0\.3:7379\s+waits for 3 nodes\s+–\s+other nodes$/m);
    expect(stdout).toMatch(/^x\s+10\.0\.0\.4:7379\s+of ANOTHER CLUSTER\s+c2\s+dns:mneme\.example$/m);
    expect(stdout).toContain('dns:mneme.example finds nobody: DNS knows nothing of mneme.example now');
    expect(stdout).toContain('d (10.0.0.5:7379) is a member and was not found; it is out of reach, and stays');
  });

  test('with a mechanism looks from here, whether a node runs or not, and says what is wrong with what is none', async () => {
    cluster = await startCluster({ a: {} });
    const nowhere = ['--node', `127.0.0.1:${await freePort()}`];
    const [gone, other] = [`127.0.0.1:${await freePort()}`, cluster.at('a')];
    const { stdout, exitCode } = await runCommand(ClusterDiscover, [`static:${gone},${other}`, ...nowhere, '--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ node: null, complete: false, missed: [], mechanisms: [{ found: 2, failure: null }] },
      places: [
        { address: gone, is: null, failure: 'the connection is refused: no node runs there' },
        { address: other, is: null, failure: expect.any(String) },
      ].sort((one, another) => (one.address! < another.address! ? -1 : 1)),
    });
    expect(await runCommand(ClusterDiscover, ['etcd:x', ...nowhere])).toMatchObject({ exitCode: 2 });
    expect(await runCommand(ClusterDiscover, nowhere)).toMatchObject({ exitCode: 4 });
  });
});
