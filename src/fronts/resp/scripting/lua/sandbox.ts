import { COROUTINES } from './coroutines.js';

/**
 * Where scripts run: what they see, what they cannot change, and two functions. One runs a script by its SHA, with seconds, protocol, how many
 * of the texts behind them are keys, and those texts, and returns the reply. The other deals with one request from standard input:
 *
 *     L SHA n        compile the script whose n bytes follow; the outcome is "R", and an error text if that fails
 *     D SHA          drop it
 *     E SHA seconds protocol keys lengths…      run it with those texts, which follow, of which so many are keys, for so long at most; the
 *                    outcome is "R" and the reply in the protocol of the client
 *
 * Meanwhile it asks by "A" (may the client give this command), "B" (this compiled code without tail calls) and "H" (the SHA-1 of a text), and reads the answer; or tells by "G" (a level and a text for the log).
 */
export const SANDBOX = `
-- ---- what could take long in one call

local PATTERN_MAX, COST_MAX = 1000, 1e8
local quantifiers, known_patterns = {}, 0

-- How often a pattern may try: as often as there are ways to share out a text among its quantifiers.
local function quantifiers_of(pattern)
  local count = quantifiers[pattern]
  if count ~= nil then return count end
  if #pattern > PATTERN_MAX then error('pattern of ' .. #pattern .. ' bytes is longer than ' .. PATTERN_MAX, 4) end
  local plain = gsub(pattern, '%%.', 'x')
  plain = gsub(plain, '%[[^%]]*%]', 'x')
  count = select(2, gsub(plain, '[*+?-]', ''))
  if known_patterns == 1000 then quantifiers, known_patterns = {}, 0 end
  quantifiers[pattern], known_patterns = count, known_patterns + 1
  return count
end

local function check(text, pattern)
  if type(text) ~= 'string' or type(pattern) ~= 'string' then return end
  local count, length = quantifiers_of(pattern), #text
  if count == 0 then return end
  local cost = byte(pattern) == 94 and 1 or length + 1
  for i = 1, count do cost = cost * (length + i) / i end
  if cost > COST_MAX then
    error('a pattern with ' .. count .. ' quantifiers may take too long on ' .. length .. ' bytes; begin it with ^, or take fewer', 3)
  end
end

-- What takes as long as its text is long is not begun once the time is over.
local TEXT_MAX, LONG = 64 * 1024 * 1024, 16 * 1024
for _, name in next, { 'upper', 'lower', 'reverse', 'sub' } do
  local of_text = string[name]
  string[name] = function(text, ...)
    if type(text) == 'string' and #text > LONG then watch() end
    return of_text(text, ...)
  end
end
local rep = string.rep
string.rep = function(text, count)
  if type(text) == 'string' and type(count) == 'number' then
    local length = #text * count
    if length > TEXT_MAX then error('string.rep would make more than ' .. TEXT_MAX .. ' bytes', 2) end
    if length > LONG then watch() end
  end
  return rep(text, count)
end

string.find = function(text, pattern, init, plain)
  if not plain then check(text, pattern) end
  return find(text, pattern, init, plain)
end
string.match = function(text, pattern, init)
  check(text, pattern)
  return match(text, pattern, init)
end
string.gmatch = function(text, pattern)
  check(text, pattern)
  return gmatch(text, pattern)
end
string.gfind = string.gmatch
string.gsub = function(text, pattern, by, count)
  check(text, pattern)
  if type(by) == 'string' and type(text) == 'string' and #by * (#text + 1) > LONG then
    if #by * (#text + 1) > TEXT_MAX and #by * select(2, gsub(text, pattern, '', count)) > TEXT_MAX then
      error('string.gsub would make more than ' .. TEXT_MAX .. ' bytes', 2)
    end
    watch()
  end
  return gsub(text, pattern, by, count)
end
local dump = string.dump
string.dump = nil

-- The drand48 of Redis, in halves of 24 bits: the same seed gives the same numbers.
local random_high, random_low = 0x1234AB, 0xCD330E
local function random()
  local product = random_low * 0xECE66D + 0xB
  random_high = (random_high * 0xECE66D + random_low * 0x5DE + floor(product / 0x1000000)) % 0x1000000
  random_low = product % 0x1000000
  return (random_high * 128 + floor(random_low / 0x20000)) % 0x7fffffff / 0x7fffffff
end

local function integer(value, place, name)
  local number = tonumber(value)
  if number == nil then error("bad argument #" .. place .. " to '" .. name .. "' (number expected, got " .. type(value) .. ')', 3) end
  return number < 0 and ceil(number) or floor(number)
end

math.random = function(...)
  local count, number = select('#', ...), random()
  if count == 0 then return number end
  if count > 2 then error('wrong number of arguments', 2) end
  local first, second = ...
  local low, high = 1, integer(first, 1, 'random')
  if count == 2 then low, high = high, integer(second, 2, 'random') end
  if low > high then error('bad argument #' .. count .. " to 'random' (interval is empty)", 2) end
  return floor(number * (high - low + 1)) + low
end
math.randomseed = function(seed)
  seed = integer(seed, 1, 'randomseed') % 0x100000000
  random_high, random_low = floor(seed / 256), seed % 256 * 65536 + 0x330E
end

local sort = table.sort
local function ascending(a, b) return a < b end
-- A comparison in Lua can be interrupted.
table.sort = function(list, before)
  if before == nil and type(list) == 'table' and #list > 10000 then before = ascending end
  return sort(list, before)
end

${COROUTINES}
-- ---- what scripts see

local globals = {}
local proxies = {}

local function read_only()
  error('Attempt to modify a readonly table', 2)
end

local function protected(real)
  local proxy = setmetatable({}, { __index = real, __newindex = read_only, __metatable = false })
  proxies[#proxies + 1] = proxy
  return proxy
end

setmetatable(globals, {
  __index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
  end,
})
local env = protected(globals)
getmetatable('').__metatable = false

local function compile(text)
  if type(text) ~= 'string' then return raw_loadstring(text) end
  if byte(text) == 27 then return nil, 'compiled code is not taken' end
  local script, err = raw_loadstring(text, SOURCE)
  if script ~= nil then setfenv(script, env) end
  return script, err
end

local redis = {
  REDIS_VERSION = '7.0.15', REDIS_VERSION_NUM = 0x0007000f,
  LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
  REPL_NONE = 0, REPL_AOF = 1, REPL_SLAVE = 2, REPL_REPLICA = 2, REPL_ALL = 3,
}

function redis.call(...)
  local reply = call(...)
  if type(reply) == 'table' and rawget(reply, 'err') ~= nil then error(reply, 0) end
  return reply
end

function redis.pcall(...)
  return call(...)
end

function redis.error_reply(...)
  local text = (...)
  if select('#', ...) ~= 1 or type(text) ~= 'string' then return error_table('wrong number or type of arguments') end
  return error_table(sub(text, 1, 1) == '-' and text or '-' .. text)
end

function redis.status_reply(...)
  local text = (...)
  if select('#', ...) ~= 1 or type(text) ~= 'string' then return error_table('wrong number or type of arguments') end
  return { ok = text }
end

function redis.sha1hex(...)
  local text = (...)
  if select('#', ...) ~= 1 then fail('wrong number of arguments') end
  if type(text) == 'number' then text = tostring(text) end
  ask('H', type(text) == 'string' and text or '')
  return read_reply()
end

function redis.setresp(...)
  local version = (...)
  if select('#', ...) ~= 1 then fail('redis.setresp() requires one argument.') end
  if version ~= 2 and version ~= 3 then fail('RESP version must be 2 or 3.') end
  script_protocol = version
end

function redis.log(...)
  local level = (...)
  if select('#', ...) < 2 then fail('redis.log() requires two arguments or more.') end
  if type(level) ~= 'number' then fail('First argument must be a number (log level).') end
  if level < 0 or level > 3 then fail('Invalid debug level.') end
  local words = {}
  for i = 2, select('#', ...) do
    local word = select(i, ...)
    if type(word) == 'string' or type(word) == 'number' then words[#words + 1] = word end
  end
  ask('G', format('%d', level), concat(words, ' '))
end

function redis.acl_check_cmd(...)
  if select('#', ...) == 0 then fail('Please specify at least one argument for this redis lib call') end
  local words = texts_of(...)
  if words == nil then fail('Lua redis lib command arguments must be strings or integers') end
  ask('A', unpack(words))
  local may = read_reply()
  if type(may) == 'table' then error(may, 0) end
  return may == 1
end

-- What a script does is replicated as the writes that it makes, always.
function redis.replicate_commands() return true end
function redis.set_repl() end
function redis.breakpoint() return false end
function redis.debug() end

for _, name in next, {
  'error', 'assert', 'tostring', 'tonumber', 'type', 'next', 'pairs', 'ipairs', 'select', 'unpack',
  'getmetatable', 'setmetatable', 'rawget', 'rawset', 'rawequal', '_VERSION',
} do
  globals[name] = _G[name]
end
-- An error of a command is caught as its text.
local function caught(is_done, ...)
  go_on()
  local err = (...)
  if not is_done and type(err) == 'table' and type(rawget(err, 'err')) == 'string' then return false, rawget(err, 'err') end
  return is_done, ...
end

function globals.pcall(...)
  return caught(pcall(...))
end

-- The handler runs behind the error: inside of it, and so perhaps inside of the hook, it could not be interrupted.
local function handled(handler, is_done, ...)
  go_on()
  if is_done then return is_done, ... end
  return false, handler((...))
end

function globals.xpcall(f, handler)
  return handled(handler, pcall(f))
end

globals._G = env
globals.redis, globals.cjson = protected(redis), protected(cjson)
globals.bit, globals.struct, globals.cmsgpack, globals.coroutine = protected(bit), protected(struct), protected(cmsgpack), protected(coroutines)
globals.string, globals.table, globals.math = protected(string), protected(table), protected(math)
globals.os = protected({ clock = clock })
globals.loadstring = compile
function globals.load(reader)
  local parts = {}
  for part in reader do
    if type(part) ~= 'string' or part == '' then break end
    parts[#parts + 1] = part
  end
  return compile(concat(parts))
end

-- ---- running one

local script
local function run()
  put_value(script(), 0)
end

-- What a script has put there past the guards is gone after it.
local function clean()
  for i = 1, #proxies do
    local proxy = proxies[i]
    if next(proxy) ~= nil then for key in next, proxy do rawset(proxy, key, nil) end end
  end
end

local function put_failure(sha, err)
  if type(err) ~= 'table' then err = { err = 'ERR ' .. tostring(err) } end
  local text, source, line = error_line(err), rawget(err, 'source'), rawget(err, 'line')
  if source ~= nil and line ~= nil then
    text = text .. ' script: ' .. sha .. ', on ' .. tostring(source) .. ':' .. tostring(line) .. '.'
  end
  out, out_count = {}, 0
  put_line('-', text)
end

-- The reply, in the protocol of the client. The hook stays where it is, since to set it takes as long as a small script.
local function outcome_of(sha, keys, arguments)
  script_protocol = 2
  globals.KEYS, globals.ARGV = keys, arguments
  out_count = 0
  script = scripts[sha]
  if not is_watched then
    sethook(watch, '', STEPS)
    is_watched = true
  end
  is_running = true
  local is_done, err = xpcall(run, handle_error)
  is_running = false
  if not is_watched then sethook() end
  if not is_done then put_failure(sha, err) end
  globals.KEYS, globals.ARGV = nil, nil
  clean()
  reset_cjson()
  forget_coroutines()
  local text = concat(out, '', 1, out_count)
  out = {}
  return text
end

-- Numbers that come as texts, and are few.
local number_of = setmetatable({}, {
  __index = function(numbers_known, text)
    local number = tonumber(text)
    numbers_known[text] = number
    return number
  end,
})

local function execute_short(sha, seconds, protocol, count, ...)
  seconds_max, client_protocol = number_of[seconds], number_of[protocol]
  local key_count = number_of[count]
  if key_count == 1 then return outcome_of(sha, { (...) }, { select(2, ...) }) end
  local keys, arguments = {}, { ... }
  for i = 1, key_count do keys[i] = arguments[i] end
  return outcome_of(sha, keys, { select(key_count + 1, ...) })
end

local function execute(sha, head)
  local words = gmatch(head, '%S+')
  seconds_max, client_protocol = tonumber(words()), tonumber(words())
  local key_count = tonumber(words())
  local keys, arguments = {}, {}
  local lengths = {}
  for word in words do lengths[#lengths + 1] = tonumber(word) end
  for i = 1, #lengths do
    local text = read(lengths[i])
    if i <= key_count then keys[i] = text else arguments[i - key_count] = text end
  end
  stdout:write('R', outcome_of(sha, keys, arguments))
  stdout:flush()
end

local function load_script(sha, length)
  local script, err = compile(read(length))
  if script ~= nil then
    ask('B', dump(script))
    scripts[sha] = setfenv(raw_loadstring(read_reply()), env)
  end
  stdout:write('R', err or '')
  stdout:flush()
end

return function()
  local letter, sha, head = match(stdin:read('*l'), '^(%u) (%S+) ?(.*)$')
  if letter == 'E' then execute(sha, head)
  elseif letter == 'L' then load_script(sha, tonumber(head))
  else scripts[sha] = nil end
end, execute_short
`;
