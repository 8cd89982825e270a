import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { adminAt } from '../../src/exports/admin.js';
import { temporaryDirectory, until } from './processes.js';

const directory = temporaryDirectory();

beforeAll(() => {
  mkdirSync(join(directory.path, 'node_modules'));
  symlinkSync(resolve('.'), join(directory.path, 'node_modules/mneme'));
});

afterAll(() => directory.remove());

function example(name: string): string {
  return resolve('docs/examples', name);
}

function run(path: string, args: readonly string[] = []): string {
  const env = { ...process.env, DIR: join(directory.path, 'data'), NO_COLOR: '1' };
  const { stdout, stderr } = spawnSync(process.execPath, [path, ...args], {
    cwd: directory.path,
    env,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

describe('what is printed by', () => {
  test('a node in the process', () => {
    expect(run(example('in-process.mjs'))).toBe("{ user: 'ann' }\nset session:1\nsession:2 { user: 'bob' }\n");
  });

  test('an operator that was given no node', () => {
    expect(run(example('admin.mjs'))).toBe('Name a node of the cluster: node admin.mjs HOST:PORT\n');
  });

  test('a cache by Keyv', () => {
    expect(run(example('keyv-cache.mjs'))).toBe('the page home\nthe page home (from the cache)\n');
  });
});

describe('two processes with Express', () => {
  const apps: App[] = [];

  afterAll(async () => {
    await Promise.all(apps.map((app) => app.stop()));
  });

  test('share logins, serve both sides of a cut, and agree after it', async () => {
    const a = await App.start('a');
    apps.push(a);
    await adminAt(a.node).call('SET', { key: 'failure-timeout', value: '500' });
    const b = await App.start('b', a.node);
    apps.push(b);
    const admin = adminAt(a.node);
    expect(run(example('admin.mjs'), [a.node])).toBe('in-sync: a, b\n');

    const ann = await a.login('ann');
    const bob = await b.login('bob');
    await until('each knows both', async () => (await b.who(ann)) === 'ann' && (await a.who(bob)) === 'bob');

    await a.cutFrom('b');
    await b.cutFrom('a');
    for (const { node } of apps) {
      const isCut = async () => (await adminAt(node).call('STATUS', {})).members.some(({ link }) => link === 'down');
      await until('each has noticed the cut', isCut);
    }
    const [eve, kim] = [await a.login('eve'), await b.login('kim')];
    await a.logout(ann);
    // It goes on with the session that ends at the other side, and that does not keep it.
    expect([await b.who(ann), await a.who(eve), await b.who(kim)]).toEqual(['ann', 'eve', 'kim']);
    expect([await b.who(eve), await a.who(kim), await a.who(ann)]).toEqual(['nobody', 'nobody', 'nobody']);

    for (const app of apps) await adminAt(app.node).call('DRILL', { heal: true });
    await until('both know both again', async () => (await b.who(eve)) === 'eve' && (await a.who(kim)) === 'kim');
    await until('the logout holds everywhere', async () => (await b.who(ann)) === 'nobody');
    expect([await a.who(bob), await b.who(bob), await a.who(ann)]).toEqual(['bob', 'bob', 'nobody']);
    const { incidents } = await admin.call('INCIDENTS', {});
    expect(incidents.map(({ state }) => state)).toEqual(['resolved']);
  });
});

/** docs/examples/express-logins.mjs as a process. */
class App {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
    readonly node: string,
  ) {}

  static async start(name: string, join?: string): Promise<App> {
    const env = {
      ...process.env,
      ...{ NAME: name, PORT: '0', LISTEN: '127.0.0.1:0', DIR: resolve(directory.path, name) },
      ...(join === undefined ? {} : { JOIN: join }),
    };
    const child = spawn(process.execPath, [example('express-logins.mjs')], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout!.on('data', (chunk) => {
      printed += chunk;
    });
    await until(`${name} serves`, async () => /node at/.test(printed));
    const [, url, node] = /(http:\S+), node at (\S+)/.exec(printed)!;
    return new App(child, url!, node!);
  }

  /** Returns the cookie. */
  async login(user: string): Promise<string> {
    const response = await fetch(`${this.url}/login/${user}`, { method: 'POST' });
    return response.headers.getSetCookie()[0]!.split(';')[0]!;
  }

  async who(cookie: string): Promise<string> {
    return (await (await fetch(this.url, { headers: { cookie } })).text()).trim();
  }

  async logout(cookie: string): Promise<void> {
    await fetch(`${this.url}/logout`, { method: 'POST', headers: { cookie } });
  }

  async cutFrom(name: string): Promise<void> {
    await adminAt(this.node).call('DRILL', { cut: [name] });
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGTERM');
    await ended;
  }
}
