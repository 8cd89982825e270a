import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Harness, until } from './harness.js';
import { KnownUsers } from './known-users.js';
import { RawClient, request } from './raw-client.js';
import { describeWithRedis, RedisBeside } from './redis-beside.js';

let harness: Harness;
const warnings: string[] = [];

beforeEach(async () => {
  warnings.length = 0;
  harness = await Harness.start({ onWarning: (text) => warnings.push(text) });
});

afterEach(async () => {
  expect(harness.internalErrors).toEqual([]);
  await harness.stop();
});

function evaluate(
  client: RawClient,
  script: string,
  keys: string[] = [],
  ...args: (string | Buffer)[]
): Promise<string> {
  return client.call('EVAL', script, String(keys.length), ...keys, ...args);
}

describe('a script that takes too much', () => {
  test.each([
    ['a loop', 'while true do end'],
    ['a loop that catches its end', 'while true do pcall(function() while true do end end) end'],
    [
      'a loop in a function that handles errors',
      'xpcall(function() while true do end end, function() while true do end end) while true do end',
    ],
    ['a loop in a coroutine', 'coroutine.wrap(function() while true do end end)()'],
    ['a loop in a coroutine in a coroutine', 'coroutine.wrap(coroutine.wrap(function() while true do end end))()'],
    [
      'coroutines without end, each of which catches its own',
      'while true do coroutine.resume(coroutine.create(function() while true do pcall(coroutine.yield) end end)) end',
    ],
    [
      'coroutines that take turns',
      'local f = coroutine.wrap(function() while true do coroutine.yield() end end) while true do f() end',
    ],
    ['a loop in code that it makes', 'loadstring("while true do end", "=elsewhere")()'],
    [
      'a sort that never ends',
      'local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function(a, b) while true do end end)',
    ],
    ['a loop that catches its end on the line it is on', 'pcall(function() while true do end end) return "escaped"'],
    [
      'a coroutine that ends so',
      'coroutine.resume(coroutine.create(function() while true do end end)) return "escaped"',
    ],
    ['long texts made over and over', 'local t = ("x"):rep(2^22) while true do t = t:upper():lower():reverse() end'],
    [
      'a loop of long texts that it joins',
      'local s = string.rep("x", 5e6) for i = 1, 1e6 do local t = s == s .. "y" end',
    ],
    ['a reply that refers to itself', 'local t = {} for i = 1, 10 do t[i] = t end return t'],
  ])('%s is ended after its time, by name, and what it did stands', async (_what, script) => {
    const client = await harness.client();
    await evaluate(client, 'return 1');
    const startedMs = performance.now();
    expect(await evaluate(client, `redis.call('SET', 'begun', '1') ${script}`)).toMatch(
      /^-ERR script ran for more than 250 ms \(script-time\) and was ended; what it did stands( script: [0-9a-f]{40}, on @user_script:1\.)?\r\n$/,
    );
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(await client.call('GET', 'begun')).toBe('$1\r\n1\r\n');
    expect(warnings).toEqual([expect.stringMatching(/^limit script-time was met by /)]);
    expect(await evaluate(client, 'return 2')).toBe(':2\r\n');
  });

  test('memory: it fails, the next one has all of it again, and scripts are still known', async () => {
    const client = await harness.client();
    const sha = (await client.call('SCRIPT', 'LOAD', 'return 7')).slice(5, 45);
    for (const script of [
      'return ("x"):rep(2^30)',
      'local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(100000) .. i end',
    ]) {
      expect(await evaluate(client, script)).toMatch(
        /^-ERR (not enough memory|script ran for more|.*string.rep would make more than 67108864 bytes)/,
      );
      expect(await client.call('EVALSHA', sha, '0')).toBe(':7\r\n');
    }
    expect(await client.call('INFO', 'memory')).toMatch(/number_of_cached_scripts:3\r\n/);
  });

  test('a pattern that could try for too long is refused before it begins; usual ones are not', async () => {
    const client = await harness.client();
    const evil = 'return string.find(("a"):rep(40), ("a*"):rep(30) .. "b")';
    expect(await evaluate(client, evil)).toContain('a pattern with 30 quantifiers may take too long on 40 bytes');
    expect(await evaluate(client, 'return ("a"):rep(40):match(("a*"):rep(30) .. "b")')).toContain('may take too long');
    expect(await evaluate(client, 'return (("x "):rep(1000):gsub("%s+", ""))')).toContain('x'.repeat(1000));
    expect(await evaluate(client, 'return ("2026-11-29T18:00:00"):match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+)")')).toContain(
      '2026',
    );
  });

  test('what would make a very long text of short ones is refused before it begins', async () => {
    const client = await harness.client();
    expect(await evaluate(client, 'return ("x"):rep(1e9)')).toContain('string.rep would make more than 67108864 bytes');
    const grown = 'return #(("ab"):rep(500):gsub("a", ("c"):rep(2e5)))';
    expect(await evaluate(client, grown)).toContain('string.gsub would make more than 67108864 bytes');
    expect(await evaluate(client, 'return #(("ab"):rep(50):gsub("a", ("c"):rep(1e5)))')).toBe(':5000050\r\n');
    expect(await evaluate(client, 'return #(("ab"):rep(5000):gsub("ab", ("c"):rep(1e5), 2))')).toBe(':209996\r\n');
  });

  test('recursion without an end fails in Lua', async () => {
    const client = await harness.client();
    expect(await evaluate(client, 'local function f() return 1 + f() end return f()')).toContain('stack overflow');
    expect(await evaluate(client, 'return string.format("%s", string.rep("(", 300) .. "x")')).toContain('x');
    expect(await evaluate(client, `return ${'('.repeat(250)}1${')'.repeat(250)}`)).toContain(
      '-ERR Error compiling script',
    );
    expect(await evaluate(client, 'return 3')).toBe(':3\r\n');
  });
});

test('coroutines that are left alone are forgotten, and many of them take no memory for good', async () => {
  const client = await harness.client();
  const many = 'for i = 1, 300 do coroutine.resume(coroutine.create(function() coroutine.yield(i) end)) end return 1';
  await evaluate(client, many);
  const bytes = async () => Number(/used_memory_lua:(\d+)/.exec(await client.call('INFO', 'memory'))![1]);
  const before = await bytes();
  for (let i = 0; i < 200; i++) expect(await evaluate(client, many)).toBe(':1\r\n');
  expect(await bytes()).toBeLessThan(2 * before);
});

test('what a script says for the log is there with its level, and who had it run', async () => {
  const lines: string[] = [];
  const talking = await Harness.start({ onScriptLog: (level, text) => lines.push(`${level} ${text}`) });
  const client = await talking.client();
  await client.call('CLIENT', 'SETNAME', 'shop');
  await evaluate(
    client,
    'redis.log(redis.LOG_DEBUG, "a") redis.log(redis.LOG_VERBOSE, "b") redis.log(redis.LOG_NOTICE, "one\\ntwo", 3) redis.log(redis.LOG_WARNING, ("x"):rep(5000)) return 1',
  );
  expect(lines).toEqual([
    expect.stringMatching(/^info a script of 127\.0\.0\.1:\d+ \(shop\): one.*two 3$/),
    expect.stringMatching(/^warn a script of 127\.0\.0\.1:\d+ \(shop\): x{1,1024}\W?$/),
  ]);
  await talking.stop();
});

test('what a script sets in cjson holds until it ends, however it ends', async () => {
  const client = await harness.client();
  const third = await evaluate(client, 'return cjson.encode(1 / 3)');
  const precise = 'cjson.encode_number_precision(3) local text = cjson.encode(1 / 3)';
  expect(await evaluate(client, `${precise} return text`)).toBe('$5\r\n0.333\r\n');
  expect(await evaluate(client, 'return cjson.encode(1 / 3)')).toBe(third);
  expect(await evaluate(client, `${precise} error(text)`)).toContain('0.333');
  expect(await evaluate(client, 'return cjson.encode(1 / 3)')).toBe(third);
  client.close();
});

test('functions are refused by what to use instead', async () => {
  const client = await harness.client();
  for (const command of [
    ['FCALL', 'f', '0'],
    ['fcall_ro', 'f', '0'],
    ['FUNCTION', 'LOAD', 'x'],
  ])
    expect(await client.call(...command)).toContain('there are no functions here: use scripts, by EVAL');
});

describe('a script leaves nothing behind for the next one', () => {
  test.each([
    'rawset(_G, "kept", 1)',
    'table.insert(_G, 1)',
    'rawset(string, "kept", 1) rawset(redis, "call", 1)',
    'rawset(cjson, "decode", 1)',
    'rawset(coroutine, "wrap", 1) rawset(bit, "band", 1) rawset(struct, "kept", 1)',
    'KEYS[1] = "kept"',
  ])('%s', async (script) => {
    const client = await harness.client();
    await evaluate(client, script);
    const next =
      'return {tostring(rawget(_G, "kept")), #_G, tostring(string.kept), redis.call("PING"), cjson.decode("1"), #KEYS}';
    expect(await evaluate(client, next)).toBe('*6\r\n$3\r\nnil\r\n:0\r\n$3\r\nnil\r\n+PONG\r\n:1\r\n:0\r\n');
  });

  test.each([
    'getmetatable("").__index = nil',
    'setmetatable(_G, nil)',
    'setmetatable(string, {})',
    'debug.sethook()',
    'getfenv().x = 1',
    'return loadstring("\\27Lua")()',
    'io.write("C 1 4\\n3PING")',
    'return newproxy()',
    'string.dump(function() end)',
    'getmetatable(coroutine).__index = nil',
    'debug.sethook(coroutine.create(function() end))',
  ])('%s is an error', async (script) => {
    const client = await harness.client();
    expect(await evaluate(client, script)).toMatch(/^-ERR /);
    expect(await evaluate(client, 'return ("ok"):upper()')).toBe('$2\r\nOK\r\n');
  });
});

describe('what a script does', () => {
  test('is atomic, binary-safe, and of any size', async () => {
    const patient = await Harness.start({ limits: { 'script-time': 20_000 } });
    const client = await patient.client();
    const value = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> (i % 5)));
    const copy =
      "redis.call('SET', KEYS[1], ARGV[1]) redis.call('SET', KEYS[2], redis.call('GET', KEYS[1])) return redis.call('GET', KEYS[2])";
    const reply = Buffer.from(await evaluate(client, copy, ['one', 'two'], value), 'latin1');
    expect(reply.subarray(reply.indexOf('\n') + 1, -2).equals(value)).toBe(true);
    const many =
      'for i = 1, 500 do redis.call("SET", "k" .. i, ("v"):rep(i)) end local t = {} for i = 1, 500 do t[i] = "k" .. i end return #table.concat(redis.call("MGET", unpack(t)))';
    expect(await evaluate(client, many)).toBe(`:${(500 * 501) / 2}\r\n`);
    expect(
      await evaluate(client, 'return {redis.call("DEL", unpack(redis.call("KEYS", "k*"))), redis.call("DBSIZE")}'),
    ).toBe('*2\r\n:500\r\n:2\r\n');
    await patient.stop();
  });

  test('has the rights of its client: commands, keys and channels', async () => {
    const users = new KnownUsers(
      { name: 'eye', role: 'read', prefix: null },
      { name: 'shop', role: 'write', prefix: Buffer.from('shop:') },
    );
    const guarded = await Harness.start({ access: users });
    const as = async (name: string) => {
      const client = await guarded.client();
      await client.call('AUTH', name, `${name}!`);
      return client;
    };
    const [eye, shop] = [await as('eye'), await as('shop')];
    expect(await evaluate(eye, 'return 1')).toContain("-NOPERM this user has no permissions to run the 'eval' command");
    expect(await eye.call('EVAL_RO', 'return redis.call("GET", "x")', '0')).toBe('$-1\r\n');
    expect(await evaluate(shop, 'return 1', ['other'])).toContain('-NOPERM');
    expect(await evaluate(shop, 'return redis.call("SET", "other", 1)')).toContain('-NOPERM');
    expect(await evaluate(shop, 'return redis.call("PUBLISH", "other", 1)')).toContain('-NOPERM');
    expect(await evaluate(shop, 'return redis.call("SET", KEYS[1], 1)', ['shop:x'])).toBe('+OK\r\n');
    await guarded.stop();
  });

  test('is refused as a command is where the node takes no writes or has no memory', async () => {
    const client = await harness.client();
    harness.keyspace.outOfMemoryText = "OOM command not allowed when used memory > 'maxmemory'.";
    expect(await evaluate(client, 'return redis.call("SET", "x", 1)')).toMatch(/^-OOM/);
    expect(await evaluate(client, 'return redis.call("GET", "x")')).toBe('$-1\r\n');
    expect(await evaluate(client, '#!lua flags=allow-oom\nreturn redis.call("SET", "x", 1)')).toBe('+OK\r\n');
    harness.keyspace.unavailableText = 'LOADING not yet';
    expect(await evaluate(client, 'return 1')).toBe('-LOADING not yet\r\n');
  });

  test('waits where writes are paused, unless it may write nothing', async () => {
    const [client, other] = [await harness.client(), await harness.client()];
    await evaluate(client, 'return 1');
    await other.call('CLIENT', 'PAUSE', '60000', 'WRITE');
    const written = evaluate(client, 'return redis.call("SET", "x", 1)');
    expect(await other.call('EVAL_RO', 'return redis.call("EXISTS", "x")', '0')).toBe(':0\r\n');
    await other.call('CLIENT', 'UNPAUSE');
    expect(await written).toBe('+OK\r\n');
  });

  test('publishes, and reaches the subscribers', async () => {
    const [client, subscriber] = [await harness.client(), await harness.client()];
    await subscriber.call('SUBSCRIBE', 'c');
    expect(await evaluate(client, 'return redis.call("PUBLISH", "c", "m")')).toBe(':1\r\n');
    expect(await subscriber.reply()).toContain('message');
  });
});

test('the latest scripts are kept, and no more than there is room for', async () => {
  const client = await harness.client();
  client.send(Buffer.concat(Array.from({ length: 1100 }, (_, i) => request('SCRIPT', 'LOAD', `return ${i}`))));
  const replies: string[] = [];
  for (let i = 0; i < 1100; i++) replies.push(await client.reply());
  const [first, last] = [replies[0]!.slice(5, 45), replies[1099]!.slice(5, 45)];
  expect(await client.call('SCRIPT', 'EXISTS', first, last)).toBe('*2\r\n:0\r\n:1\r\n');
  expect(await client.call('EVALSHA', first, '0')).toBe('-NOSCRIPT No matching script. Please use EVAL.\r\n');
  expect(await client.call('EVALSHA', last, '0')).toBe(':1099\r\n');
  expect(await client.call('INFO', 'memory')).toMatch(/number_of_cached_scripts:1000\r\n/);
});

test('Lua is loaded by the first script, and others wait for nothing meanwhile', async () => {
  const [one, other] = [await harness.client(), await harness.client()];
  expect(await one.call('INFO', 'memory')).toMatch(/used_memory_lua:0\r\n/);
  one.send(Buffer.concat([request('EVAL', 'return redis.call("INCR", "n")', '0'), request('GET', 'n')]));
  expect(await other.call('PING')).toBe('+PONG\r\n');
  expect(await one.replies(2)).toBe(':1\r\n$1\r\n1\r\n');
  await until(() => harness.keyspace.commits > 0, 'the write is committed');
});

describeWithRedis('scripts made by chance give the same bytes as by redis-server', () => {
  let redis: RedisBeside;

  beforeAll(async () => {
    redis = await RedisBeside.start();
  });

  afterAll(() => redis.stop());

  test('of numbers, texts, tables and commands', async () => {
    const [ours, theirs] = [await harness.client(), await RawClient.connect(redis.port)];
    await fc.assert(
      fc.asyncProperty(block, async (script) => {
        for (const client of [ours, theirs]) await client.call('FLUSHALL');
        const [our, their] = [
          await evaluate(ours, script, ['a', 'b'], '5', 'x'),
          await evaluate(theirs, script, ['a', 'b'], '5', 'x'),
        ];
        expect({ script, reply: our }).toEqual({ script, reply: their });
      }),
      { numRuns: 100 },
    );
    theirs.close();
  }, 60_000);

  test('of what is handed over: bytes of any kind and length, as keys, arguments and replies', async () => {
    const [ours, theirs] = [await harness.client(), await RawClient.connect(redis.port)];
    const text = fc.oneof(
      { weight: 6, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)) },
      { weight: 3, arbitrary: fc.string({ maxLength: 20 }).map((one) => Buffer.from(one)) },
      { weight: 1, arbitrary: fc.integer({ min: 16_000, max: 17_000 }).map((length) => Buffer.alloc(length, 'x')) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(text, { maxLength: 16 }),
        fc.nat(16),
        fc.constantFrom(...HANDED),
        async (texts, keys, script) => {
          const rest = [String(Math.min(keys, texts.length)), ...texts];
          const [our, their] = await Promise.all([ours, theirs].map((client) => client.call('EVAL', script, ...rest)));
          expect({ script, rest, reply: our }).toEqual({ script, rest, reply: their });
        },
      ),
      { numRuns: 400 },
    );
    theirs.close();
  }, 60_000);
});

const HANDED = [
  'return {KEYS, ARGV, #KEYS, #ARGV}',
  'local t = {} for i, v in ipairs(ARGV) do t[i] = redis.call("ECHO", v) end return t',
  'if #KEYS == 0 then return end redis.call("SET", KEYS[1], ARGV[1] or "none") return {redis.call("GET", KEYS[1]), redis.call("STRLEN", KEYS[1]), redis.call("DEL", unpack(KEYS))}',
  'if #ARGV == 0 then return end redis.call("MSET", "a", ARGV[1], "b", ARGV[#ARGV]) return redis.call("MGET", "a", "b", "nosuch")',
  'redis.call("SET", "n", #ARGV) return {redis.call("INCRBY", "n", 5), redis.call("INCRBYFLOAT", "n", 0.25), redis.call("APPEND", "n", 1e20)}',
  'redis.setresp(3) return {tostring(redis.call("GET", "nosuch")), ARGV[2], redis.call("EXISTS", "n")}',
  'return coroutine.wrap(function() coroutine.yield({redis.call("ECHO", ARGV[1] or 7), redis.call("PING")}) end)()',
  'return redis.pcall("ECHO", unpack(ARGV))',
];

const literal = fc.oneof(
  fc.integer({ min: -1000, max: 1000 }).map((number) => `(${number})`),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e18, max: 1e18 }).map((number) => `(${number})`),
  fc.constantFrom('"abc"', '"10"', '""', 'true', 'false', 'nil', 'KEYS[1]', 'ARGV[1]', 'ARGV[3]', '#ARGV', 'v1', 'v2'),
);
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 3 },
    literal,
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '/', '%', '..', '==', '<', 'and', 'or'),
        tie('expression'),
      )
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => `{${items.join(', ')}}`),
    tie('expression').map((one) => `tostring(${one}):sub(1, 5)`),
    tie('expression').map((one) => `(tonumber(${one}) or 7)`),
    tie('expression').map((one) => `redis.pcall("SET", KEYS[1], ${one})`),
    tie('expression').map((one) => `redis.call("APPEND", KEYS[2], ${one})`),
    fc.constantFrom(
      'redis.call("GET", KEYS[1])',
      'redis.pcall("INCR", KEYS[1])',
      'redis.call("STRLEN", KEYS[2])',
      'redis.call("MGET", KEYS[1], KEYS[2])',
    ),
  ),
}));
/** A table's address would be another one. */
const block = fc
  .tuple(expression, expression, expression)
  .map(([one, other, last]) => `local v1, v2 = 1, "t" v1 = ${one}\nv2 = ${other}\nreturn {v1, v2, ${last}}`)
  .filter((script) => !/tostring\([^)]*[{]/.test(script));
