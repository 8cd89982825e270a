import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { FAMILIES } from '../../src/admin/server/metrics/families.js';
import type { NodeOptions, RunningNode } from '../../src/operations/cluster/node-options.js';
import { runNode } from '../../src/operations/start/run-node.js';
import { newDirectory } from '../engines/support/directories.js';

/** With no neighbours: a start looks at those, and other tests have nodes of the same name. */
const ownDirectory = () => `${newDirectory()}/data`;

const running: RunningNode[] = [];
const clients: Redis[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

async function start(name: string, options: Partial<NodeOptions> = {}): Promise<RunningNode> {
  const place = { name, listen: '127.0.0.1:0', dir: null, http: '127.0.0.1:0' };
  const one = await runNode({ ...place, log: () => {}, ...options });
  running.push(one);
  await one.inSync;
  return one;
}

function clientOf({ address }: RunningNode): Redis {
  const [host, port] = address.split(':');
  const client = new Redis(Number(port), host!, { protocol: 2 });
  clients.push(client);
  return client;
}

async function ask(one: RunningNode, path: string, method = 'GET'): Promise<{ code: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`http://${one.http}${path}`, { method, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, text }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** Once the text that was given a moment ago is too old to be given again. */
async function metricsOf(one: RunningNode, has: RegExp): Promise<string> {
  const deadlineMs = performance.now() + 20_000;
  for (;;) {
    const { text } = await ask(one, '/metrics');
    if (has.test(text)) return text;
    if (performance.now() > deadlineMs) throw new Error(`${has} is not in:\n${text}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the figures of a node', () => {
  test('have names, units and types as Prometheus wants them', () => {
    for (const { name, type, help } of FAMILIES) {
      expect(name).toMatch(/^mneme_[a-z_]+$/);
      expect(`${name} ${name.endsWith('_total')}`).toBe(`${name} ${type === 'counter'}`);
      expect(name).not.toMatch(/_(ms|micros|milliseconds|kb|mb|count)(_|$)/);
      expect(help).toMatch(/^[A-Z0-9-].*[.…]$/);
    }
    expect(new Set(FAMILIES.map(({ name }) => name)).size).toBe(FAMILIES.length);
  });

  test('are all given, of a cluster of two, with what its clients did and what its disk took', async () => {
    const a = await start('a', { dir: ownDirectory(), fsync: 'always', failureTimeoutMs: 500 });
    const b = await start('b', { join: [a.address] });
    const client = clientOf(a);
    await client.set('key', 'value');
    await client.get('key');
    await client.hset('hash', { f: '1', g: '2', h: '3' });
    await client.expire('hash', 100);
    await expect(client.call('LPUSH', 'list', 'x')).rejects.toThrow('unknown command');
    await metricsOf(a, /^mneme_member_state\{member="b",state="in-sync"\} 1$/m);
    const text = await metricsOf(a, /^mneme_member_unacknowledged_writes\{member="b"\} 0$/m);
    for (const { name, help } of FAMILIES) expect(text).toContain(`# HELP ${name} ${help}\n`);
    const lines = text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'mneme_state{state="serving"} 1',
        'mneme_state{state="read-only"} 0',
        'mneme_members 2',
        'mneme_island_members 2',
        'mneme_entries 2',
        'mneme_parts 4',
        'mneme_split_brains_open 0',
        'mneme_commands_total{command="set"} 1',
        'mneme_commands_total{command="get"} 1',
        'mneme_errors_total{code="ERR"} 1',
        'mneme_member_unacknowledged_writes{member="b"} 0',
      ]),
    );
    expect(text).toMatch(/^mneme_journal_fsync_seconds_count [1-9]/m);
    expect(text).toMatch(/^mneme_journal_written_bytes_total [1-9]/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
    expect(text).toMatch(/^mneme_info\{node="a",.*\} 1$/m);

    await b.stop();
    await metricsOf(a, /^mneme_member_state\{member="b",state="down"\} 1$/m);
    const after = await metricsOf(a, /^mneme_island_members 1$/m);
    expect(after).toContain('mneme_members 2\n');
  });

  test('are the ones that the alerts and the dashboard ask for', async () => {
    const one = await start('a', { dir: ownDirectory() });
    const { text } = await ask(one, '/metrics');
    const given = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!));
    for (const file of ['alerts.yml', 'grafana-dashboard.json']) {
      const asked = readFileSync(new URL(`../../docs/monitoring/${file}`, import.meta.url), 'utf8');
      const names = new Set(asked.match(/\b(mneme|nodejs|process)_[a-z0-9_]+/g));
      expect(names.size).toBeGreaterThan(10);
      expect([...names].filter((name) => !given.has(name.replace(/_bucket$/, '')))).toEqual([]);
      const states = [...asked.matchAll(/mneme_\w*state\{[^}]*state=\\?"([a-z-]+)/g)].map(([, state]) => state!);
      const known = new Set([...text.matchAll(/state="([a-z-]+)"/g)].map(([, state]) => state));
      for (const state of ['down', 'held', 'clock-skew', 'attached']) known.add(state);
      expect(states.filter((state) => !known.has(state))).toEqual([]);
    }
    expect(() =>
      JSON.parse(readFileSync(new URL('../../docs/monitoring/grafana-dashboard.json', import.meta.url), 'utf8')),
    ).not.toThrow();
  });
});

describe('the port for monitoring', () => {
  test('says that a node is alive, and whether clients should be sent to it', async () => {
    const one = await start('a');
    expect(await ask(one, '/healthz')).toEqual({ code: 200, text: 'ok\n' });
    expect(await ask(one, '/readyz')).toEqual({ code: 200, text: 'serving\n' });
    expect(await ask(one, '/readyz', 'HEAD')).toEqual({ code: 200, text: '' });
    await one.stop();
    await expect(ask(one, '/healthz')).rejects.toThrow('ECONNREFUSED');
  });

  test('names what there is to whoever asks for something else', async () => {
    const one = await start('a');
    expect(await ask(one, '/other')).toEqual({
      code: 404,
      text: 'There is /dashboard, /metrics, /healthz and /readyz.\n',
    });
    expect(await ask(one, '/metrics', 'POST')).toEqual({
      code: 405,
      text: 'POST is not answered here, only GET and HEAD\n',
    });
  });

  test('that another process has ends the start, and leaves nothing behind', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const http = `127.0.0.1:${port}`;
    await expect(start('a', { http })).rejects.toMatchObject({
      code: 'port-in-use',
      message: `Another process listens on ${http}`,
    });
    await new Promise((resolve) => other.close(resolve));
    const one = await start('a', { http });
    expect((await ask(one, '/readyz')).code).toBe(200);
  });

  test('is given back when the start fails afterwards', async () => {
    const dir = ownDirectory();
    const holder = await start('a', { dir });
    const { http } = await start('b');
    await running.pop()!.stop();
    await expect(start('a', { dir, http: http! })).rejects.toMatchObject({ code: 'directory-in-use' });
    await holder.stop();
    expect((await start('a', { dir, http: http! })).http).toBe(http);
  });
});
