import { afterEach, describe, expect, test } from '@jest/globals';
import type { AdminClient, Asked } from '../../src/admin/client/client.js';
import { browserProgram } from '../../src/cli/browser.js';
import Dashboard from '../../src/commands/dashboard.js';
import { dashboardPlace } from '../../src/operations/dashboard/place.js';
import { type FakeCluster, startCluster } from './fake-cluster.js';
import { status } from './fixtures.js';
import { runCommand } from './run-command.js';

let cluster: FakeCluster | null = null;
afterEach(() => cluster?.stop());

async function nodeWith(dashboard: string | null): Promise<string> {
  cluster = await startCluster({ a: {} });
  cluster.member('a').status.self.dashboard = dashboard;
  return cluster.at('a');
}

describe('mneme dashboard', () => {
  test('prints where a node serves it, and opens nothing where nobody is there', async () => {
    const node = await nodeWith('http://127.0.0.1:9379/dashboard/');
    const shown = await runCommand(Dashboard, ['--node', node]);
    expect(shown).toMatchObject({ exitCode: 0, stdout: 'http://127.0.0.1:9379/dashboard/\n', stderr: '' });
    const { json } = await runCommand(Dashboard, ['--node', node, '--json']);
    expect(json).toEqual({ node: 'a', url: 'http://127.0.0.1:9379/dashboard/', note: null, opened: false });
  });

  test('of a node without one says how it gets one: that very node, from its own directory, once it is stopped', async () => {
    const { exitCode, stderr } = await runCommand(Dashboard, ['--node', await nodeWith(null)]);
    expect([exitCode, stderr]).toEqual([
      6,
      expect.stringContaining('mneme cluster start --dir /var/lib/mneme/a --http 127.0.0.1:9379'),
    ]);
    expect(stderr).toContain(`mneme cluster stop --node ${cluster!.member('a').status.self.address}`);
  });

  test('of a memory-only node without one says how another member gets one: it would not come back as what it is', async () => {
    const node = await nodeWith(null);
    cluster!.member('a').status.self.dir = null;
    const { stderr } = await runCommand(Dashboard, ['--node', node]);
    expect(stderr).toContain(`mneme cluster join ${cluster!.member('a').status.self.address} --http 127.0.0.1:9379`);
    expect(stderr).not.toContain('cluster start');
  });

  test.each([
    ['10.0.0.5:7379', 'http://0.0.0.0:9379/dashboard/', 'http://10.0.0.5:9379/dashboard/', null],
    ['[fd00::5]:7379', 'https://[::]:9379/dashboard/', 'https://[fd00::5]:9379/dashboard/', null],
    ['127.0.0.1:7379', 'http://127.0.0.1:9379/dashboard/', 'http://127.0.0.1:9379/dashboard/', null],
    [
      '10.0.0.5:7379',
      'http://127.0.0.1:9379/dashboard/',
      'http://127.0.0.1:9379/dashboard/',
      'ssh -L 9379:127.0.0.1:9379 10.0.0.5',
    ],
  ])('asked at %s of a node that serves it at %s names %s', async (address, served, url, way) => {
    const reply = status('a', {});
    reply.self.dashboard = served;
    const client = { address, call: async () => reply, close: () => {} } as unknown as AdminClient;
    const asked: Asked = { connect: async () => client };
    const place = await dashboardPlace(asked);
    expect([place.url, place.note]).toEqual([url, way === null ? null : expect.stringContaining(way)]);
  });
});

test('a browser is the one that was said, else that of the system, where a screen can be seen', () => {
  expect(browserProgram('linux', {})).toBeNull();
  expect(browserProgram('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toEqual(['xdg-open']);
  expect(browserProgram('linux', { BROWSER: 'firefox' })).toEqual(['firefox']);
  expect(browserProgram('darwin', {})).toEqual(['open']);
});
