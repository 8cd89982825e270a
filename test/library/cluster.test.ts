import { describe, expect, jest, test } from '@jest/globals';
import { adminAt } from '../../src/exports/admin.js';
import { type Change, json, type MnemeNode, openNode } from '../../src/exports/index.js';
import { RawClient } from '../resp/raw-client.js';
import { FREE_PORT, openedNodes, until } from './support/nodes.js';

const open = openedNodes();

/** Two members in this very process, with nothing in common but the network. */
async function openTwo(): Promise<readonly [MnemeNode, MnemeNode]> {
  const a = await open({ failureTimeoutMs: 300, onHeal: 'manual', allowDrills: true, clients: true });
  const b = await open({ name: 'b', join: [a.address!], allowDrills: true });
  return [a, b];
}

async function cut(a: MnemeNode, b: MnemeNode): Promise<void> {
  const down = new Promise((resolve) => a.once('member-down', resolve));
  const alsoDown = new Promise((resolve) => b.once('member-down', resolve));
  for (const [node, other] of [
    [a, b],
    [b, a],
  ] as const)
    await adminAt(node.address!).call('DRILL', { cut: [other.name] });
  await Promise.all([down, alsoDown]);
}

async function heal(a: MnemeNode, b: MnemeNode): Promise<void> {
  for (const node of [a, b]) await adminAt(node.address!).call('DRILL', { heal: true });
}

function next<T>(iterator: AsyncIterator<T>): Promise<T> {
  return iterator.next().then(({ value }) => value);
}

test('a list of nobody to join is as none', async () => {
  const a = await open({ join: [], peers: [] });
  expect(a.status().members.map(({ link }) => link)).toEqual(['self']);
});

test('what one node writes the other one reads, and it is told who comes', async () => {
  const a = await open();
  const joined = new Promise<{ name: string }>((resolve) => a.once('member-up', resolve));
  const b = await open({ name: 'b', join: [a.address!] });
  await a.set('k', 'v');
  await until('b has it', () => b.get('k') === 'v');
  await b.delete('k');
  await until('it is gone at a', () => !a.has('k'));
  expect((await joined).name).toBe('b');
  expect(a.status().members.map(({ name, link }) => [name, link])).toEqual([
    ['a', 'self'],
    ['b', 'in-sync'],
  ]);
});

describe('a watcher', () => {
  test('is told of changes by either node among its keys, and of the value that there is by then', async () => {
    const [a, b] = await openTwo();
    const watch = a.watch('in:');
    await a.set('in:1', 'first');
    await a.set('in:1', 'second');
    await a.set('out', 'x');
    expect(await next(watch)).toEqual({
      ...{ type: 'set', key: 'in:1', keyBytes: Buffer.from('in:1'), value: 'second', expiresAtMs: null },
    });
    await b.set('in:2', 'of b');
    expect(await next(watch)).toMatchObject({ type: 'set', key: 'in:2', value: 'of b' });
    await until('b has what a wrote', () => b.get('in:1') === 'second');
    await b.delete('in:1');
    expect(await next(watch)).toMatchObject({ type: 'delete', key: 'in:1' });
    const atMs = Date.now() + 60_000;
    await a.touch('in:2', { expiresAtMs: atMs });
    expect(await next(watch)).toMatchObject({ type: 'set', key: 'in:2', expiresAtMs: atMs });
    await watch.return!();
    expect(await watch.next()).toEqual({ done: true, value: undefined });
  });

  test('that is too slow is told that it missed some, and goes on from there', async () => {
    const a = await open();
    const watch = a.watch('', { keysMax: 3 });
    for (const key of ['1', '2', '3', '4']) await a.set(key, 'v');
    expect(await next(watch)).toEqual({ type: 'missed' });
    await a.set('5', 'v');
    expect(await next(watch)).toMatchObject({ type: 'set', key: '5' });
  });

  test('sees what Redis clients write at the port', async () => {
    const a = await open({ clients: true });
    const watch = a.watch('k');
    const client = await RawClient.connect(Number(a.address!.split(':')[1]));
    await client.call('SET', 'k', 'of a client');
    expect(await next(watch)).toMatchObject({ type: 'set', value: 'of a client' });
    client.socket.destroy();
  });

  test('ends with the reason of its signal, and with the node', async () => {
    const a = await open();
    const stop = new AbortController();
    const watched = a.watch('', { signal: stop.signal }).next();
    const other = a.watch().next();
    stop.abort(new Error('enough'));
    await expect(watched).rejects.toThrow('enough');
    await a.close();
    expect(await other).toEqual({ done: true, value: undefined });
  });
});

describe('a split-brain', () => {
  test('is told of, planned, merged and undone in the process', async () => {
    const [a, b] = await openTwo();
    await a.set('session:1', 'ann');
    await until('b has it', () => b.has('session:1'));
    await cut(a, b);
    await a.set('session:1', 'ann, at a');
    await b.set('session:1', 'ann, at b');
    const split = new Promise<{ incident: string }>((resolve) => a.once('split-brain', resolve));
    await heal(a, b);
    const { incident } = await split;
    const plan = await a.plan();
    expect(plan.conflicts.map(({ keyBase64 }) => Buffer.from(keyBase64, 'base64').toString())).toEqual(['session:1']);
    const declined = await a.merge({ approve: () => false });
    expect([declined.dryRun, a.get('session:1')]).toEqual([true, 'ann, at a']);
    const resolved = new Promise<{ incident: string }>((resolve) => b.once('resolved', resolve));
    const resolution = await a.merge({ policy: 'prefer:a' });
    expect([resolution.dryRun, (await resolved).incident]).toEqual([false, incident]);
    await until('both have the value of a', () => b.get('session:1') === 'ann, at a');
    const undone = await b.undo();
    expect(undone.restored).toBe(1);
    await until('both have the value of b', () => a.get('session:1') === 'ann, at b');
  });

  test('ends by a policy that is a function, and by a promotion asked of the other node', async () => {
    const [a, b] = await openTwo();
    await cut(a, b);
    await a.set('k', 'short');
    await b.set('k', 'much longer');
    const split = new Promise((resolve) => a.once('split-brain', resolve));
    await heal(a, b);
    await split;
    const byPolicy = await a.plan({
      policy: ({ versions }) => [...versions].sort((x, y) => y.valueBytes - x.valueBytes || y.hlc - x.hlc)[0]!.island,
    });
    expect(byPolicy.conflicts).toHaveLength(1);
    await a.promote('b');
    await until('both have the value of b', () => a.get('k') === 'much longer');
  });

  test('that there is not is an error with a code', async () => {
    const a = await open();
    await expect(a.plan()).rejects.toMatchObject({ code: 'no-split-brain' });
    await expect(a.merge({ policy: 'best' })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('"best"'),
    });
    await a.close();
    for (const asked of [a.plan(), a.merge(), a.undo(), a.promote('b')])
      await expect(asked).rejects.toMatchObject({ code: 'closed' });
  });

  test.each([
    ['undo', ['20261129-1'], '"20261129-1"'],
    ['undo', [{ incidnt: 'x' }], 'did you mean incident?'],
    ['undo', [{ dryRun: 'no' }], 'dryRun is "no"'],
    ['plan', [{ policiy: 'lww' }], 'did you mean policy?'],
    ['merge', [{ policy: 5 }], 'policy is 5'],
    ['merge', [{ approve: 5 }], 'approve is 5'],
    ['promote', [], 'undefined'],
    ['promote', ['b', { aprove: () => false }], 'did you mean approve?'],
  ] as const)('is not ended by %s with %j', async (verb, args, words) => {
    const a = await open();
    const asked = (a[verb] as (...all: unknown[]) => Promise<unknown>)(...args);
    await expect(asked).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(words) });
  });

  test('is not waited for with a signal that is aborted', async () => {
    const a = await open();
    await expect(a.plan({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('the port', () => {
  test('is for nodes and operators alone, unless clients are let in', async () => {
    const a = await open({ codec: json() });
    await a.set('k', 1);
    const client = await RawClient.connect(Number(a.address!.split(':')[1]));
    expect(await client.call('GET', 'k')).toMatch(/^-NOPERM .*clients: true/);
    expect(await client.call('SET', 'k', '2')).toMatch(/^-NOPERM/);
    expect(await client.call('PING')).toBe('+PONG\r\n');
    expect((await adminAt(a.address!).clusterStatus()).state).toBe('in-sync');
    expect(a.get('k')).toBe(1);
    client.socket.destroy();
  });

  test('can be left out by a node that stays alone', async () => {
    const a = await open({ listen: false });
    await a.set('k', 'v');
    expect([a.address, a.get('k'), a.status().self.state]).toEqual([null, 'v', 'serving']);
  });
});

describe('options', () => {
  test.each([
    [{ memoryOnly: true, maxMemroy: 5 }, 'usage', 'did you mean maxMemory?'],
    [{}, 'usage', 'give dir, or memoryOnly: true'],
    [{ memoryOnly: true, listen: 'nowhere:port' }, 'usage', 'nowhere:port'],
    [{ memoryOnly: true, listen: false, join: ['127.0.0.1:1'] }, 'usage', 'join needs a port'],
    [{ memoryOnly: true, listen: '0.0.0.0:0' }, 'refused', 'listen 0.0.0.0:0'],
    [undefined, 'usage', 'not undefined'],
    [{ memoryOnly: true, join: 'a:1' }, 'usage', 'join is "a:1"'],
    [{ memoryOnly: true, log: 'x' }, 'usage', 'log is "x"'],
    [{ memoryOnly: true, signal: 'x' }, 'usage', 'signal is "x"'],
    [{ memoryOnly: true, clients: 'yes' }, 'usage', 'clients is "yes"'],
    [{ dir: 5 }, 'usage', 'dir is 5'],
    [{ memoryOnly: true, maxMemory: 'much' }, 'usage', 'maxMemory is "much"'],
    [{ memoryOnly: true, eviction: 'all' }, 'usage', 'eviction is "all"'],
    [{ memoryOnly: true, name: 'no name' }, 'usage', 'no name'],
    [{ memoryOnly: true, keys: 'a*' }, 'usage', 'keys is for nodes beside a Redis'],
    [{ memoryOnly: true, listen: FREE_PORT, join: ['127.0.0.1:1'] }, 'not-reachable', '127.0.0.1:1'],
  ])('%p are refused: %s', async (options, code, words) => {
    await expect(openNode(options as never)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  test('that are refused are named in the hint as the application writes them', async () => {
    const error = await openNode({ dir: '' }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'usage', hint: 'Name a directory with dir.' });
  });

  test.each([[[]], [[5]], [['127.0.0.1:1', { secretfile: 'x' }]], [['127.0.0.1:1', { timeoutMs: 'x' }]]])(
    'adminAt takes no %j',
    (args) => {
      expect(() => adminAt(...(args as unknown as [string]))).toThrow(expect.objectContaining({ code: 'usage' }));
    },
  );

  test('a log that throws does not end the node, and the process is warned once', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const a = await open({
      log: () => {
        throw new Error('the pipe is full');
      },
    });
    await a.set('k', 'v');
    expect([a.get('k'), warn.mock.calls]).toEqual(['v', [[expect.stringContaining('the pipe is full')]]]);
    warn.mockRestore();
  });

  test('a signal ends the opening of a node that waits for others', async () => {
    const stop = new AbortController();
    const log = (_: string, message: string) => message.includes('stops') || stop.abort(new Error('enough'));
    await expect(open({ discover: ['static:127.0.0.1:1'], expect: 2, signal: stop.signal, log })).rejects.toThrow(
      'enough',
    );
  });
});

test('a loop over changes is typed by what they are', async () => {
  const node = await open({ codec: json<{ n: number }>() });
  const sum = (change: Change<{ n: number }>): number => (change.type === 'set' ? change.value.n : 0);
  const watch = node.watch();
  await node.set('k', { n: 3 });
  expect(sum(await next(watch))).toBe(3);
});
