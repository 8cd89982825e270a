/**
 * Read-only scripts. They see every key at one moment, and take a batch of keys in one command: a tenth of the cost of
 * TYPE, GET or DUMP, and PEXPIRETIME for each key. A missing key gives null. In a Redis Cluster the keys of a batch are of
 * different slots, which declared keys must not be: there they are arguments, and no command may name two of them.
 */
const STRING_DIGEST = "redis.sha1hex(redis.call('GET', key))";
const OTHER_DIGEST = "string.sub(redis.call('DUMP', key), -8)";

/** For each key: its type, digest (see State) and expiry. */
export const LOOK = `local found = {}
local keys = #KEYS > 0 and KEYS or ARGV
for i, key in ipairs(keys) do
  local name = redis.call('TYPE', key).ok
  if name == 'none' then
    found[i] = false
  else
    found[i] = {name, name == 'string' and ${STRING_DIGEST} or ${OTHER_DIGEST}, redis.call('PEXPIRETIME', key)}
  end
end
return found`;

/** For each key: of a string its bytes, or its bytes and expiry where it has one; of other types the type, its DUMP and expiry. */
export const READ = `local call = redis.call
local keys = #KEYS > 0 and KEYS or ARGV
local found = #KEYS > 0 and call('MGET', unpack(keys)) or {}
for i, key in ipairs(keys) do
  local value = found[i]
  if #KEYS == 0 then value = call('MGET', key)[1] end
  if value then
    local expiry = call('PEXPIRETIME', key)
    found[i] = expiry < 0 and value or {value, expiry}
  else
    local name = call('TYPE', key).ok
    found[i] = name ~= 'none' and {name, call('DUMP', key), call('PEXPIRETIME', key)}
  end
end
return found`;

/**
 * Compare and set, of one key. Arguments: the digest that it must have, empty for none, and its expiry (0: none); whether it
 * may also be missing; then what becomes of it: DEL, SET or RESTORE, the bytes and the expiry.
 * Gives what is there, as LOOK does, and whether it was set; an error text, where the value is one that Redis cannot take.
 */
export const COMPARE_AND_SET = `local key = KEYS[1]
local function look()
  local name = redis.call('TYPE', key).ok
  if name == 'none' then return false end
  local digest = name == 'string' and ${STRING_DIGEST} or ${OTHER_DIGEST}
  return {name, digest, redis.call('PEXPIRETIME', key)}
end
local function is_known(now)
  if not now then
    local time = redis.call('TIME')
    local gone = tonumber(ARGV[2]) > 0 and tonumber(ARGV[2]) <= time[1] * 1000 + math.floor(time[2] / 1000)
    return ARGV[1] == '' or ARGV[3] == '1' or gone
  end
  return now[2] == ARGV[1] and math.max(0, now[3]) == tonumber(ARGV[2])
end
local now = look()
if not is_known(now) then return {0, now} end
if ARGV[4] == 'DEL' then
  redis.call('DEL', key)
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
return {1, look()}`;
