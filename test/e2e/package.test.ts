import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from './processes.js';

/** What `npm publish` would send, in the node_modules of a project that knows nothing else of it. */
describe('a project that has installed the package', () => {
  const directory = temporaryDirectory();

  beforeAll(() => {
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory.path], {
      encoding: 'utf8',
    }).trim();
    const modules = join(directory.path, 'node_modules');
    mkdirSync(join(modules, 'mneme'), { recursive: true });
    execFileSync('tar', ['xzf', join(directory.path, packed), '--strip-components=1', '-C', join(modules, 'mneme')]);
    for (const name of ['express-session', 'keyv', '@types', 'undici-types'])
      symlinkSync(resolve('node_modules', name), join(modules, name));
    writeFileSync(join(directory.path, 'package.json'), '{ "name": "consumer", "private": true }\n');
  });

  afterAll(() => directory.remove());

  function write(name: string, text: string): string {
    const path = join(directory.path, name);
    writeFileSync(path, text);
    return path;
  }

  function run(name: string, text: string): string {
    const { stdout, stderr } = spawnSync(process.execPath, [write(name, text)], {
      cwd: directory.path,
      encoding: 'utf8',
    });
    return stdout + stderr;
  }

  test('imports it as ES modules', () => {
    const printed = run(
      'app.mjs',
      `import { openNode, json, WriteRefusedError } from 'mneme';
      import KeyvMneme from 'mneme/keyv';
      import { MnemeStore } from 'mneme/express-session';
      import { adminAt } from 'mneme/admin';
      const node = await openNode({ dir: 'esm', name: 'a', listen: '127.0.0.1:0', codec: json() });
      await node.set('k', { n: 1 });
      const { state } = await adminAt(node.address).clusterStatus();
      console.log(node.get('k').n, state, typeof KeyvMneme, typeof MnemeStore, typeof WriteRefusedError);
      await node.close();`,
    );
    expect(printed).toBe('1 in-sync function function function\n');
  });

  test('requires it as CommonJS, of what it has written before', () => {
    const printed = run(
      'app.cjs',
      `const { openNode, json } = require('mneme');
      const { KeyvMneme } = require('mneme/keyv');
      const { MnemeStore } = require('mneme/express-session');
      const { adminAt } = require('mneme/admin');
      (async () => {
        const options = { dir: 'esm', listen: '127.0.0.1:0', codec: json() };
        const node = await openNode(options);
        const second = await openNode({ memoryOnly: true, name: 'b', listen: false });
        const { state } = await adminAt(node.address).clusterStatus();
        const session = require('express-session');
        const isStore = new MnemeStore(second) instanceof session.Store;
        console.log(node.name, node.get('k').n, state, typeof KeyvMneme, isStore, second.get('k'));
        await Promise.all([node.close(), second.close()]);
      })();`,
    );
    expect(printed).toBe('a 1 in-sync function true undefined\n');
  });

  test.each(['mts', 'cts'])('is checked against its types by a strict compiler, as %s', (kind) => {
    write(
      `types.${kind}`,
      `import session = require('express-session');
      import { Keyv } from 'keyv';
      import { bytes, type Change, json, type MnemeNode, openNode, OperatorError, WriteRefusedError } from 'mneme';
      import { adminAt, type StatusReply } from 'mneme/admin';
      import { MnemeStore } from 'mneme/express-session';
      import { KeyvMneme } from 'mneme/keyv';
      interface Cart { readonly items: readonly number[] }
      export async function use(signal: AbortSignal): Promise<number> {
        const texts: MnemeNode = await openNode({ memoryOnly: true, eviction: 'allkeys-lru', maxMemory: '1gb', signal });
        const node = await openNode({ dir: 'd', codec: json<Cart>() });
        await node.set('k', { items: [1] }, { ttlMs: 5 });
        const raw: Buffer | undefined = node.as(bytes).get('k');
        const text: string | undefined = texts.get('k');
        node.on('split-brain', ({ incident }) => incident.length);
        node.once('closed', ({ error }) => error?.message);
        let sum = raw?.length ?? text?.length ?? 0;
        for await (const { value } of node.entries('cart:', { signal })) sum += value.items.length;
        for await (const change of node.watch()) sum += told(change);
        const status: StatusReply = node.status();
        const { plan } = await node.merge({ policy: ({ versions }) => versions[0]!.island, approve: () => true });
        const admin = adminAt(['a:1'], { secretFile: 's' });
        const { members } = await admin.call('STATUS', {});
        session({ store: new MnemeStore(node), secret: 's' });
        const cache = new Keyv({ store: new KeyvMneme(texts) });
        await cache.set('k', 1);
        // @ts-expect-error there is no such option
        await openNode({ memoryOnly: true, maxMemroy: 5 });
        // @ts-expect-error values are carts
        await node.set('k', 5);
        try { await node.close(); } catch (error) {
          if (error instanceof OperatorError) return error.code.length;
          if (error instanceof WriteRefusedError) return error.code.length;
        }
        await node[Symbol.asyncDispose]();
        return sum + members.length + plan.islands.length + status.members.length;
      }
      function told(change: Change<Cart>): number {
        return change.type === 'set' ? change.value.items.length : change.type === 'delete' ? change.key.length : 0;
      }
      `,
    );
    write(
      'tsconfig.json',
      JSON.stringify({
        compilerOptions: {
          ...{ module: 'nodenext', target: 'es2023', lib: ['es2023'], strict: true, noEmit: true, types: ['node'] },
          ...{ exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, esModuleInterop: true },
        },
        files: [`types.${kind}`],
      }),
    );
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', directory.path], { encoding: 'utf8' });
    expect(stdout).toBe('');
  });

  test('finds its own documentation, and nothing of the sources or the tests', () => {
    const files = readdirSync(join(directory.path, 'node_modules/mneme'));
    expect(files).toEqual(expect.arrayContaining(['README.md', 'dist', 'bin', 'docs']));
    expect(files.filter((name) => ['src', 'test', 'node_modules'].includes(name))).toEqual([]);
  });
});
