import { describe, expect, test } from '@jest/globals';
import { KEY_BYTES_MAX } from '../../src/core/model/limits.js';
import { bytes, json, MnemeError, WriteRefusedError } from '../../src/exports/index.js';
import { openedNodes } from './support/nodes.js';

const open = openedNodes();

test('what was set is read at once, also before anybody has waited for it', async () => {
  const node = await open();
  const written = node.set('greeting', 'hello');
  expect([node.get('greeting'), node.has('greeting'), node.get('other')]).toEqual(['hello', true, undefined]);
  await written;
  expect(node.get('greeting')).toBe('hello');
});

test('a delete says whether there was something', async () => {
  const node = await open();
  await node.set('k', 'v');
  expect([await node.delete('k'), await node.delete('k'), node.has('k')]).toEqual([true, false, false]);
});

test('all writes of one turn share one promise', async () => {
  const node = await open();
  expect(node.set('a', '1')).toBe(node.set('b', '2'));
});

test.each([
  ['the empty key', ''],
  ['a text that is no ASCII', 'schlüssel:€'],
  ['bytes that are no text', Buffer.from([0, 0xff, 0x80])],
  ['a long key', 'k'.repeat(5000)],
])('%s is a key like any other', async (_, key) => {
  const node = await open();
  await node.batch([
    { type: 'set', key, value: 'v' },
    { type: 'set', key: 'other', value: 'w' },
  ]);
  const found = [];
  for await (const { keyBytes, value } of node.entries(key)) if (value === 'v') found.push(keyBytes);
  expect([node.get(key), found]).toEqual(['v', [Buffer.from(key as Uint8Array)]]);
  expect(await node.delete(key)).toBe(true);
});

test.each([0, 1, 3, 4, 100, 255, 256, 511, 513, 70_000])(
  'a value of %i characters comes back whole',
  async (length) => {
    const node = await open();
    const values = ['x'.repeat(length), '€'.repeat(length)];
    for (const value of values) {
      await node.set('k', value);
      expect([node.get('k'), node.as(bytes).get('k')]).toEqual([value, Buffer.from(value)]);
    }
  },
);

describe('codecs', () => {
  test('JSON comes back as it was, and so it does in an iteration', async () => {
    const carts = await open({ codec: json<{ items: number[] }>() });
    await carts.set('cart:1', { items: [1, 2] });
    const found = [];
    for await (const { key, value } of carts.entries('cart:')) found.push([key, value]);
    expect([carts.get('cart:1'), found]).toEqual([{ items: [1, 2] }, [['cart:1', { items: [1, 2] }]]]);
  });

  test('one of the own that wants bytes gets a copy that stays as it is', async () => {
    const node = await open();
    const reversed = node.as({ encode: (b: Buffer) => Buffer.from(b).reverse(), decode: (b) => b.reverse() });
    await reversed.set('k', Buffer.from('abc'));
    const read = reversed.get('k');
    await node.set('k', 'xyz');
    expect([read, reversed.get('k')]).toEqual([Buffer.from('abc'), Buffer.from('zyx')]);
  });

  test.each([
    ['text', 5],
    ['text', null],
    ['json', undefined],
    ['json', () => {}],
    ['json', 1n],
    ['bytes', 'text'],
  ])('%s refuses %p by its kind', async (name, value) => {
    const node = await open();
    const entries = node.as(
      { text: { encode: (v: unknown) => v as string, decode: String }, json: json(), bytes }[name] as never,
    );
    const set = () => (name === 'text' ? node.set('k', value as never) : entries.set('k', value as never));
    expect(set).toThrow(MnemeError);
    expect(node.has('k')).toBe(false);
  });
});

test.each([json, {}, 'json', { encode: String }, null])('%p is no codec, and that is said at once', async (codec) => {
  const node = await open();
  expect(() => node.as(codec as never)).toThrow(expect.objectContaining({ code: 'usage' }));
  await expect(open({ codec: codec as never })).rejects.toMatchObject({ code: 'usage' });
});

test.each([5, null, undefined, Promise.resolve('v')])('a codec that encodes to %p is found out', async (encoded) => {
  const node = await open();
  const entries = node.as({ encode: () => encoded as never, decode: String });
  const refusal = { code: 'usage', message: expect.stringContaining('what a codec encodes') };
  expect(() => entries.set('k', 'v')).toThrow(expect.objectContaining(refusal) as never);
  await expect(entries.batch([{ type: 'set', key: 'k', value: 'v' }])).rejects.toMatchObject(refusal);
});

describe('expiry', () => {
  test('an entry ends at its time', async () => {
    const node = await open();
    await node.set('k', 'v', { ttlMs: 30 });
    expect(node.expiresAtMs('k')).toBeGreaterThan(Date.now() - 1000);
    while (node.has('k')) await new Promise((resolve) => setTimeout(resolve, 5));
    expect([node.get('k'), node.expiresAtMs('k')]).toEqual([undefined, undefined]);
  });

  test('a touch changes the end alone, and without one there is none', async () => {
    const node = await open();
    await node.set('k', 'v', { ttlMs: 60_000 });
    const atMs = Date.now() + 120_000;
    expect(await node.touch('k', { expiresAtMs: atMs })).toBe(true);
    expect([node.get('k'), node.expiresAtMs('k')]).toEqual(['v', atMs]);
    expect([await node.touch('k'), node.expiresAtMs('k')]).toEqual([true, null]);
  });

  test('a touch of what is not there brings back nothing', async () => {
    const node = await open();
    await node.set('k', 'v');
    await node.delete('k');
    expect([await node.touch('k', { ttlMs: 1000 }), node.has('k')]).toEqual([false, false]);
  });

  test.each([{ ttlMs: 0 }, { ttlMs: Number.NaN }, { ttlMs: 1, expiresAtMs: 1 }, { ttlMs: Number.POSITIVE_INFINITY }])(
    '%p is refused, with the value in the message',
    async (expiry) => {
      const node = await open();
      expect(() => node.set('k', 'v', expiry)).toThrow(expect.objectContaining({ code: 'usage' }));
      expect(node.has('k')).toBe(false);
    },
  );
});

describe('an expiry that is none', () => {
  const past = new Date(5);
  test.each([
    [{ ttlMs: '5' }, 'ttlMs is "5": it takes a number'],
    [{ expiresAtMs: past }, 'expiresAtMs is a Date (5 ms)'],
    [{ expiresAtMs: '2030-01-01' }, 'expiresAtMs is "2030-01-01"'],
    [{ ttl: 5000 }, 'no option "ttl": there are ttlMs, expiresAtMs'],
    [{ EX: 5 }, 'no option "EX"'],
    [5, 'not 5'],
    ['x', 'not "x"'],
    [past, 'not a Date'],
    [null, 'not null'],
  ])('%p is refused, and the entry stays as it is', async (expiry, words) => {
    const node = await open();
    await node.set('k', 'v', { ttlMs: 60_000 });
    const before = node.expiresAtMs('k');
    const refusal = expect.objectContaining({ code: 'usage', message: expect.stringContaining(words) });
    expect(() => node.set('k', 'w', expiry as never)).toThrow(refusal as never);
    expect(() => node.touch('k', expiry as never)).toThrow(refusal as never);
    expect([node.get('k'), node.expiresAtMs('k')]).toEqual(['v', before]);
  });

  test('is none in a batch either', async () => {
    const node = await open();
    for (const more of [{ ttlMs: '5' }, { ttl: 5 }])
      await expect(node.batch([{ type: 'set', key: 'k', value: 'v', ...more } as never])).rejects.toMatchObject({
        code: 'usage',
      });
    for (const list of [undefined, {}, [null]])
      await expect(node.batch(list as never)).rejects.toMatchObject({ code: 'usage' });
    expect(node.has('k')).toBe(false);
  });
});

describe('a batch', () => {
  test('is written in its order', async () => {
    const node = await open();
    await node.set('gone', 'x');
    await node.batch([
      { type: 'set', key: 'a', value: '1' },
      { type: 'set', key: 'a', value: '2', ttlMs: 60_000 },
      { type: 'delete', key: 'gone' },
      { type: 'touch', key: 'a' },
    ]);
    expect([node.get('a'), node.expiresAtMs('a'), node.has('gone')]).toEqual(['2', null, false]);
  });

  test('of which one write is wrong writes nothing', async () => {
    const node = await open();
    const wrong = { type: 'set', key: 'k'.repeat(KEY_BYTES_MAX + 1), value: 'v' } as const;
    await expect(node.batch([{ type: 'set', key: 'a', value: '1' }, wrong])).rejects.toThrow('kkkk…');
    expect(node.has('a')).toBe(false);
  });
});

describe('an iteration', () => {
  test('meets each key that begins so once, and lets the event loop go on', async () => {
    const node = await open();
    const keys = Array.from({ length: 3000 }, (_, i) => `in:${i}`);
    await node.batch([...keys, 'out:1', 'in'].map((key) => ({ type: 'set', key, value: 'v' }) as const));
    const met: string[] = [];
    for await (const { key } of node.entries('in:')) met.push(key);
    expect(met.sort()).toEqual([...keys].sort());
  });

  test('ends with the reason of its signal', async () => {
    const node = await open();
    await node.batch(Array.from({ length: 100 }, (_, i) => ({ type: 'set', key: `k${i}`, value: 'v' }) as const));
    const stop = new AbortController();
    let met = 0;
    const going = async () => {
      for await (const _ of node.entries('', { signal: stop.signal })) if (++met === 3) stop.abort(new Error('enough'));
    };
    await expect(going()).rejects.toThrow('enough');
    expect(met).toBe(3);
  });
});

describe('an iteration over what cannot all be read', () => {
  test('throws "closed" when the node is closed meanwhile', async () => {
    const node = await open();
    await node.batch(Array.from({ length: 5000 }, (_, i) => ({ type: 'set', key: `k${i}`, value: 'v' }) as const));
    let met = 0;
    const going = async () => {
      for await (const _ of node.entries()) if (++met === 3) await node.close();
    };
    await expect(going()).rejects.toMatchObject({ code: 'closed' });
    expect(met).toBe(3);
  });

  test('names the key at which it ended', async () => {
    const node = await open();
    await node.set('no:json', 'plain');
    const going = async () => {
      for await (const _ of node.as(json()).entries());
    };
    await expect(going()).rejects.toMatchObject({ code: 'unreadable', message: expect.stringContaining('"no:json"') });
  });
});

test('in JSON a node is its name and its places, and a view of it nothing', async () => {
  const node = await open({ listen: false });
  expect(JSON.stringify({ node, view: node.as(bytes) })).toBe(
    '{"node":{"name":"a","address":null,"dir":null},"view":{}}',
  );
});

test('once it is closed, reads throw and writes reject with the code "closed"', async () => {
  const node = await open();
  await node.set('k', 'v');
  await node.close();
  expect(() => node.get('k')).toThrow(expect.objectContaining({ code: 'closed' }));
  await expect(node.set('k', 'w')).rejects.toThrow(WriteRefusedError);
  await expect(node.close()).resolves.toBeUndefined();
});

test('writes beyond the limit of memory are refused, told once by an event, and deletes are not', async () => {
  const node = await open({ maxMemory: '1mb' });
  const told: string[] = [];
  node.on('write-refused', ({ code }) => told.push(code));
  const value = 'x'.repeat(10_000);
  const written = await Promise.allSettled(Array.from({ length: 300 }, (_, i) => node.set(`k${i}`, value)));
  const refused = written.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  expect(refused.length).toBeGreaterThan(0);
  expect(new Set(refused.map(({ reason }) => reason.code))).toEqual(new Set(['out-of-memory']));
  expect(told).toEqual(['out-of-memory']);
  expect(await node.delete('k0')).toBe(true);
});

test('a loop that waits for each write leaves the event loop to others', async () => {
  const node = await open();
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  for (let i = 0; i < 20_000; i++) await node.set(`k${i & 1023}`, 'v');
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
});
