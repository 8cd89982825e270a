import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Harness } from './harness.js';
import { RawClient } from './raw-client.js';
import { describeWithRedis, RedisBeside } from './redis-beside.js';

/** Shows values so that the same ones give the same text: numbers to the last bit, tables in the order of their keys. */
const SHOW = `
local function show(value)
  if type(value) == 'number' then return value ~= value and 'nan' or string.format('%.17g', value) end
  if type(value) ~= 'table' then return type(value) .. ':' .. tostring(value) end
  local parts = {}
  for key, item in pairs(value) do parts[#parts + 1] = show(key) .. '=' .. show(item) end
  table.sort(parts)
  return '{' .. table.concat(parts, ',') .. '}'
end
local function shown(...)
  local parts = {}
  for i = 1, select('#', ...) do parts[i] = show((select(i, ...))) end
  return table.concat(parts, ' ')
end
`;

const whole = fc.oneof(
  fc.integer({ min: -300, max: 300 }),
  fc.integer({ min: -70_000, max: 70_000 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53, 2 ** 62, -(2 ** 63), 2 ** 63 - 1024, -(2 ** 31) - 1),
);
const number = fc.oneof(
  { weight: 3, arbitrary: whole.map(String) },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map(literalOf) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }).map(literalOf) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('1/0', '-1/0', '0', '-0', '2^-149', '2^-150', '3*2^-150', '2^128', '5e-324', '1e15+0.5'),
  },
);
const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => textOf(array));
const longText = fc.integer({ min: 0, max: 70_000 }).map((length) => `("x"):rep(${length})`);

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    number,
    bytes,
    fc.constantFrom('true', 'false', 'nil', 'cjson.null', 'print and 1', '{}', 'tostring'),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => `{${items.join(', ')}}`),
    // The order of several keys is that of Lua.
    fc
      .tuple(fc.oneof(bytes, whole.map(String), fc.constantFrom('true', '1.5', '0')), tie('value'))
      .map(([key, item]) => `{[${key}] = ${item}}`),
  ),
}));

const bitCall = fc.oneof(
  fc.tuple(
    fc.constantFrom('band', 'bor', 'bxor'),
    fc.array(fc.oneof(number, text(whole)), { minLength: 1, maxLength: 4 }),
  ),
  fc.tuple(fc.constantFrom('lshift', 'rshift', 'arshift', 'rol', 'ror'), fc.tuple(number, number)),
  fc.tuple(fc.constantFrom('tobit', 'bnot', 'bswap', 'tohex'), fc.tuple(number)),
  fc.tuple(fc.constant('tohex'), fc.tuple(number, fc.integer({ min: -10, max: 10 }).map(String))),
  fc.tuple(
    fc.constantFrom('band', 'tobit', 'lshift', 'tohex'),
    fc.array(fc.constantFrom('nil', '"x"', '{}', '1', 'true'), { maxLength: 3 }),
  ),
);

const option = fc.oneof(
  fc.constantFrom(
    'b',
    'B',
    'h',
    'H',
    'l',
    'L',
    'T',
    'f',
    'd',
    'x',
    's',
    'i',
    'I',
    'c0',
    'c3',
    '>',
    '<',
    '!',
    '!2',
    '!8',
    ' ',
  ),
  fc.integer({ min: 1, max: 16 }).map((size) => `i${size}`),
  fc.integer({ min: 1, max: 16 }).map((size) => `I${size}`),
);
const strange = fc.constantFrom('q', '!3', 'i33', 'c99999999999', '1', 'c9', 'i0', '!0', 'S', '%');
const format = fc
  .array(fc.oneof({ weight: 15, arbitrary: option }, { weight: 1, arbitrary: strange }), { maxLength: 8 })
  .map((options) => options.join(''));

describeWithRedis('libraries of scripts give the same as those of redis-server', () => {
  let [redis, harness]: [RedisBeside, Harness] = [] as never;
  let clients: RawClient[] = [];

  beforeAll(async () => {
    [redis, harness] = await Promise.all([RedisBeside.start(), Harness.start({ limits: { 'script-time': 20_000 } })]);
    clients = [await harness.client(), await RawClient.connect(redis.port)];
  });

  afterAll(async () => {
    clients[1]!.close();
    expect(harness.internalErrors).toEqual([]);
    await harness.stop();
    await redis.stop();
  });

  async function same(script: string, ...args: Uint8Array[]): Promise<void> {
    const buffers = args.map((arg) => Buffer.from(arg));
    const [our, their] = await Promise.all(clients.map((client) => client.call('EVAL', script, '0', ...buffers)));
    expect({ script, reply: our }).toEqual({ script, reply: their });
  }

  test('cmsgpack packs values', async () => {
    const values = fc.array(value, { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(values, (list) => same(`return cmsgpack.pack(${list.join(', ')})`)),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(longText, fc.integer({ min: 0, max: 70_000 }), (long, count) =>
        same(`local t = {} for i = 1, ${count} do t[i] = i end return redis.sha1hex(cmsgpack.pack(${long}, t))`),
      ),
      { numRuns: 10 },
    );
  });

  test('cmsgpack unpacks what was packed, and refuses what was not', async () => {
    await fc.assert(
      fc.asyncProperty(value, value, (one, other) =>
        same(
          `${SHOW} local text = cmsgpack.pack(${one}, ${other}) return {shown(cmsgpack.unpack(text)), shown(cmsgpack.unpack_one(text)), shown(cmsgpack.unpack_limit(text, 1, 0)), shown(cmsgpack.unpack_limit(text, 5, 0))}`,
        ),
      ),
      { numRuns: 200 },
    );
    const heads = fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .tuple(fc.integer({ min: 0x80, max: 0xdf }), fc.uint8Array({ minLength: 1, maxLength: 12 }))
        .map(([head, rest]) => Uint8Array.from([head, 0, 0, 0, ...rest])),
    );
    await fc.assert(
      fc.asyncProperty(
        heads,
        fc.integer({ min: -2, max: 5 }),
        fc.integer({ min: -2, max: 14 }),
        async (text, limit, offset) => {
          await same(`${SHOW} return shown(cmsgpack.unpack(ARGV[1]))`, text);
          await same(`${SHOW} return shown(cmsgpack.unpack_limit(ARGV[1], ${limit}, ${offset}))`, text);
          await same(`${SHOW} return shown(cmsgpack.unpack_one(ARGV[1], ${offset}))`, text);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('bit', async () => {
    await fc.assert(
      fc.asyncProperty(bitCall, ([name, args]) => same(`return {bit.${name}(${args.join(', ')})}`)),
      { numRuns: 1000 },
    );
  });

  test('struct packs and measures', async () => {
    await fc.assert(
      fc.asyncProperty(format, fc.array(fc.oneof(number, bytes), { maxLength: 8 }), async (layout, args) => {
        await same(`return struct.pack(${[`"${layout}"`, ...args].join(', ')})`);
        await same(`return struct.size("${layout}")`);
      }),
      { numRuns: 500 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.constantFrom('b', 'B', 'h', 'H', 'l', 'L', 'f', 'd', 'i3', 'I5', 'i8', 'i9', 'I16', '>', '<', '!4', 'x'),
          { maxLength: 8 },
        ),
        fc.array(number, { minLength: 8, maxLength: 8 }),
        (options, args) => same(`return struct.pack("${options.join('')}", ${args.join(', ')})`),
      ),
      { numRuns: 300 },
    );
  });

  test('struct unpacks', async () => {
    await fc.assert(
      fc.asyncProperty(
        format,
        fc.uint8Array({ minLength: 4, maxLength: 60 }),
        fc.integer({ min: 0, max: 4 }),
        async (layout, data, from) => {
          await same(`${SHOW} return shown(struct.unpack("${layout}", ARGV[1]))`, data);
          await same(`${SHOW} return shown(struct.unpack("${layout}", ARGV[1], ${from}))`, data);
        },
      ),
      { numRuns: 500 },
    );
  });

  test.each(CALLS())('%s', (script) => same(script));
});

function CALLS(): string[] {
  return [
    'return cmsgpack.pack()',
    'return cmsgpack.unpack()',
    'return cmsgpack.unpack({})',
    'return cmsgpack.unpack(12)',
    'return cmsgpack.unpack_one("\\1", "x")',
    'return cmsgpack.unpack_limit("\\1")',
    'return {cmsgpack.unpack_limit("\\1\\2\\3", 2)}',
    'return {cmsgpack.unpack_limit("\\1\\2\\3", 0, 1)}',
    'return {cmsgpack._NAME, cmsgpack._VERSION, cmsgpack._COPYRIGHT, cmsgpack._DESCRIPTION}',
    'local t = {} t.t = t return cmsgpack.pack(t)',
    'local t = {} for i = 1, 20 do t = {t} end return cmsgpack.pack(t)',
    'local t = {} for _, c in ipairs({"a", "b", "c", "user", "id", "x1", "x2"}) do t[c] = #c end return cmsgpack.pack(t)',
    'local t = {one = 1, two = 2, [1] = 3, [10] = 4, [true] = 5, [1.5] = 6} return cmsgpack.pack(t)',
    'cmsgpack.x = 1',
    'bit.x = 1',
    'return bit.band()',
    'return bit.tohex(1, nil)',
    'return bit.tohex(-1, -2147483648 + 1)',
    'return struct.pack()',
    'return struct.pack({})',
    'return struct.pack("i")',
    'return struct.pack("s")',
    'return struct.pack("i", "x")',
    'return struct.unpack("i")',
    'return struct.unpack("i", 5)',
    'return {struct.unpack("c0", "abc")}',
    'return {struct.unpack("Bc0", "\\3abcd")}',
    'return {struct.unpack("Bc0", "\\9abcd")}',
    'return {struct.unpack("c1c0", "2abcd")}',
    'return {struct.unpack("s", "abc\\0d")}',
    'return {struct.unpack("s", "abc")}',
    'return {struct.unpack("i", "abcdefgh", -1)}',
    'return {struct.unpack("", "abc", 9)}',
    'return struct.size()',
    // Coroutines
    'return coroutine.wrap(function() coroutine.yield(1) return 2 end)()',
    'local f = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) return {f(1), f(10)}',
    'local c = coroutine.create(function() redis.call("SET", "co", "v") coroutine.yield(redis.call("GET", "co")) end) local ok, v = coroutine.resume(c) return {tostring(ok), v, coroutine.status(c)}',
    'local c = coroutine.create(function() error("x") end) return {tostring(coroutine.resume(c)), select(2, coroutine.resume(c))}',
    'local c = coroutine.create(function() return redis.call("INCR", "co") end) redis.call("SET", "co", "v") local ok, err = coroutine.resume(c) return {tostring(ok), type(err), err.err}',
    'local f = coroutine.wrap(function() error("boom") end) return f()',
    'local f = coroutine.wrap(function() error({err = "MY own"}) end) return f()',
    'return {pcall(coroutine.wrap(function() error("boom") end))}',
    'local f = coroutine.wrap(function() end) f() return f()',
    'return coroutine.create(5)',
    'return coroutine.wrap(5)',
    'return coroutine.resume(5)',
    'return coroutine.status(5)',
    'return coroutine.yield(5)',
    'return tostring(coroutine.running())',
    'return type(coroutine.create(function() end))',
    'coroutine.x = 1',
    'local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end local t = {} for i in gen(5) do t[i] = i * i end return t',
    'local c c = coroutine.create(function() return coroutine.status(c) end) return {coroutine.status(c), select(2, coroutine.resume(c)), coroutine.status(c)}',
    'redis.setresp(3) return coroutine.wrap(function() return tostring(redis.call("GET", "nosuch")) end)()',
    // What is left
    'return redis.acl_check_cmd()',
    'return redis.acl_check_cmd("nosuch")',
    'return redis.acl_check_cmd("get", "x")',
    'return redis.acl_check_cmd("config", "set", "a", "b")',
    'return redis.acl_check_cmd({})',
    'return tostring(redis.acl_check_cmd("get"))',
    'return redis.breakpoint()',
    'return redis.debug("x", {}, 3)',
    'redis.log(redis.LOG_WARNING, "a", nil, 3, {}, "b")',
    'redis.log(redis.LOG_WARNING)',
  ];
}

function literalOf(one: number): string {
  return Object.is(one, -0) ? '-0' : String(one);
}

function text(arbitrary: fc.Arbitrary<number>): fc.Arbitrary<string> {
  return arbitrary.map((one) => `"${one}"`);
}

function textOf(array: Uint8Array): string {
  return `"${[...array].map((one) => `\\${String(one).padStart(3, '0')}`).join('')}"`;
}
