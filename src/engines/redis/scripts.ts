/**
 * Read-only scripts. They see every key at one moment, and take a batch of keys in one command: a tenth of the cost of
 * TYPE, GET or DUMP, and PEXPIRETIME for each key. A missing key gives null. In a Redis Cluster the keys of a batch are of
 * different slots, which declared keys must not be: there they are arguments, and no command may name two of them.
 */
const STRING_DIGEST = "redis.sha1hex(redis.call('GET', key))";
const OTHER_DIGEST = "string.sub(redis.call('DUMP', key), -8)";

/** Of a key with a far expiry, which a script knows to the nearest double alone, a text. */
const EXPIRY = `local function expiry_of(key)
  local expiry = redis.call('PEXPIRETIME', key)
  return expiry < 9007199254740992 and expiry or string.format('%.0f', expiry)
end`;

/**
 * The keys of a call; the first argument says how many bytes of values it may go through, the second one how many elements make a collection a
 * large one, which a script would take long over: see {@link LARGE}.
 */
const KEYS_AND_BYTES = `local left, large, keys = tonumber(ARGV[1]), tonumber(ARGV[2]), KEYS
if #KEYS == 0 then keys = {unpack(ARGV, 3)} end`;

/** Of a large collection its type, how many elements it has, and its expiry. */
const LARGE = `local counts = {hash = 'HLEN', set = 'SCARD', zset = 'ZCARD'}
local function large_of(key, name)
  local count = counts[name] and redis.call(counts[name], key) or 0
  if count >= large then return {name, count, expiry_of(key)} end
end`;

/** For each key: its type, digest (see State) and expiry. A number: it is to be asked for again, the call was full. */
export const LOOK = `${KEYS_AND_BYTES}
${EXPIRY}
${LARGE}
local found = {}
for i, key in ipairs(keys) do
  local name = redis.call('TYPE', key).ok
  local is_large = large_of(key, name)
  if name == 'none' then
    found[i] = false
  elseif is_large then
    found[i] = is_large
  elseif left <= 0 then
    found[i] = 0
  else
    local value = name == 'string' and redis.call('GET', key) or redis.call('DUMP', key)
    if #value > left and i > 1 then
      found[i] = #value
    else
      found[i] = {name, name == 'string' and redis.sha1hex(value) or string.sub(value, -8), expiry_of(key)}
    end
    left = left - #value
  end
end
return found`;

/**
 * For each key: of a string its bytes, or its bytes and expiry where it has one; of other types the type, its DUMP and expiry, unless it is large.
 * A number: it takes so many bytes, more than the call has left; 0: the call was full before it. Values are fetched a few at
 * once, more as long as they are short: what is fetched and not given is memory and time of Redis all the same.
 */
export const READ = `${KEYS_AND_BYTES}
${EXPIRY}
${LARGE}
local call, found = redis.call, {}
local function values(first, last)
  if #KEYS > 0 then return call('MGET', unpack(keys, first, last)) end
  local each = {}
  for i = first, last do each[i - first + 1] = call('MGET', keys[i])[1] end
  return each
end
local function take(i, value, name)
  if #value > left then
    found[i] = #value
    return
  end
  left = left - #value
  local expiry = expiry_of(keys[i])
  if name then
    found[i] = {name, value, expiry}
  else
    found[i] = expiry ~= -1 and {value, expiry} or value
  end
end
local at, count = 1, 4
while at <= #keys do
  local last = math.min(#keys, at + count - 1)
  if left <= 0 then
    for i = at, #keys do found[i] = 0 end
    return found
  end
  local before = left
  for n, value in ipairs(values(at, last)) do
    local i = at + n - 1
    if value then
      take(i, value)
    else
      local name = call('TYPE', keys[i]).ok
      local is_large = large_of(keys[i], name)
      if name == 'none' then
        found[i] = false
      elseif is_large then
        found[i] = is_large
      else
        take(i, call('DUMP', keys[i]), name)
      end
    end
    if found[i] and type(found[i]) == 'number' then before = math.huge end
  end
  count = before - left < 65536 and count * 2 or 1
  at = last + 1
end
return found`;

const SAME_EXPIRY = `local function is_same_expiry(known, now)
  return known == now or (known >= 9007199254740992 and math.abs(known - now) <= known / 4503599627370496)
end`;

/**
 * Compare and set, of one key. Arguments: the digest that it must have, empty for none, and its expiry (0: none); whether it
 * may also be missing; then what becomes of it: DEL, SET or RESTORE, the bytes and the expiry; from how many elements on a collection is
 * a large one, of which nobody knows the digest, and from how many on what was set is one.
 * Returns what is there, as LOOK does, and whether it was set; an error text, where the value is one that Redis cannot take.
 */
export const COMPARE_AND_SET = `${EXPIRY}
local key, large = KEYS[1], tonumber(ARGV[7])
${LARGE}
local function look()
  local name = redis.call('TYPE', key).ok
  if name == 'none' then return false end
  local is_large = large_of(key, name)
  if is_large then return is_large end
  local digest = name == 'string' and ${STRING_DIGEST} or ${OTHER_DIGEST}
  return {name, digest, expiry_of(key)}
end
${SAME_EXPIRY}
local function is_known(now)
  if not now then
    local time = redis.call('TIME')
    local gone = tonumber(ARGV[2]) > 0 and tonumber(ARGV[2]) <= time[1] * 1000 + math.floor(time[2] / 1000)
    return ARGV[1] == '' or ARGV[3] == '1' or gone
  end
  return now[2] == ARGV[1] and is_same_expiry(tonumber(ARGV[2]), math.max(0, tonumber(now[3])))
end
local now = look()
if not is_known(now) then return {0, now} end
if ARGV[4] == 'DEL' then
  redis.call('UNLINK', key)
  return {1, false}
end
local done
if ARGV[4] == 'RESTORE' then
  done = redis.pcall('RESTORE', key, ARGV[6], ARGV[5], 'REPLACE', 'ABSTTL')
elseif ARGV[6] == '0' then
  done = redis.pcall('SET', key, ARGV[5])
else
  done = redis.pcall('SET', key, ARGV[5], 'PXAT', ARGV[6])
end
if type(done) == 'table' and done.err then
  if string.sub(done.err, 1, 3) == 'ERR' then return {2, done.err} end
  return done
end
large = tonumber(ARGV[8])
return {1, look()}`;

/**
 * Compare and set, of some elements of a hash, a set or a sorted set, whatever the others are. Arguments: `look` to compare alone, or `set`; its
 * type; 1: there is no such key as yet; the expiry that it is to have (0: none), and how many it may have now, then these; none: it stays as it is. Then of each element its
 * name, how many values follow, and these: what it is to be, and what it may be now, each with a `+` in front; `-`: it is none. Who finds one as
 * it is to be has not found what it may be now: the application did that. Returns 1 if all were as they may be. An expiry that has passed would
 * end elements that nobody has compared: it is none to be set.
 */
export const SET_ELEMENTS = `${EXPIRY}
${SAME_EXPIRY}
local key, kind = KEYS[1], ARGV[2]
local get, put, remove = unpack(({
  hash = {'HGET', 'HSET', 'HDEL'},
  set = {'SISMEMBER', 'SADD', 'SREM'},
  zset = {'ZSCORE', 'ZADD', 'ZREM'}
})[kind])
if redis.call('TYPE', key).ok ~= (ARGV[3] == '1' and 'none' or kind) then return 0 end
local function value_of(name)
  local value = redis.call(get, key, name)
  if kind == 'set' then return value == 1 and '+' or '-' end
  return value and '+' .. value or '-'
end
local function is_same(known, now)
  if known == now or kind ~= 'zset' or known == '-' or now == '-' then return known == now end
  return tonumber(string.sub(known, 2)) == tonumber(string.sub(now, 2))
end
local function is_one_of(now, first, last)
  for i = first, last do
    if is_same(ARGV[i], now) then return true end
  end
  return false
end
local expiries = tonumber(ARGV[5])
local now = math.max(0, tonumber(expiry_of(key)))
local is_expiry_known = expiries == 0
for i = 6, 5 + expiries do is_expiry_known = is_expiry_known or is_same_expiry(tonumber(ARGV[i]), now) end
if not is_expiry_known then return 0 end
local time = redis.call('TIME')
local has_passed = ARGV[4] ~= '0' and tonumber(ARGV[4]) <= time[1] * 1000 + math.floor(time[2] / 1000)
if expiries > 0 and has_passed then return 0 end
local changes = {}
local at = 6 + expiries
while at <= #ARGV do
  local name, count = ARGV[at], tonumber(ARGV[at + 1])
  local held, wanted = value_of(name), ARGV[at + 2]
  if not is_one_of(held, at + 3, at + 1 + count) then return 0 end
  if not is_same(wanted, held) then changes[#changes + 1] = {name, wanted} end
  at = at + 2 + count
end
if ARGV[1] == 'look' then return 1 end
for _, change in ipairs(changes) do
  local name, value = change[1], string.sub(change[2], 2)
  if change[2] ~= '-' then
    if kind == 'hash' then redis.call(put, key, name, value) end
    if kind == 'set' then redis.call(put, key, name) end
    if kind == 'zset' then redis.call(put, key, value, name) end
  end
end
if expiries > 0 and ARGV[4] == '0' then redis.call('PERSIST', key) end
if expiries > 0 and ARGV[4] ~= '0' then redis.call('PEXPIREAT', key, ARGV[4]) end
for _, change in ipairs(changes) do
  if change[2] == '-' then redis.call(remove, key, change[1]) end
end
return 1`;
