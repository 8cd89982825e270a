/** What a script is told that ran for longer than it may. */
export function tooLong(milliseconds: string): string {
  return `script ran for more than ${milliseconds} ms (script-time) and was ended; what it did stands`;
}

/**
 * What Redis puts around scripts, in Lua: how its replies become values and values replies, how errors are worded, and how a script
 * that runs for too long is ended. `sandbox.ts` goes on from there.
 */
export const CONVERSION = String.raw`
local type, tostring, tonumber, select, error, pairs, next, pcall, xpcall, rawget, rawset, unpack, setfenv, setmetatable =
  type, tostring, tonumber, select, error, pairs, next, pcall, xpcall, rawget, rawset, unpack, setfenv, setmetatable
local raw_loadstring = loadstring
local format, find, gmatch, gsub, match, sub, byte = string.format, string.find, string.gmatch, string.gsub, string.match, string.sub, string.byte
local concat, ceil, floor = table.concat, math.ceil, math.floor
local clock, getinfo, sethook = os.clock, debug.getinfo, debug.sethook
local stdin, stdout = io.stdin, io.stdout
-- Performs a command of the running script: see lua-machine.ts.
local host = os.tmpname
stdin:setvbuf('full', 65536)
stdout:setvbuf('full', 65536)

local SOURCE = '@user_script'
local STEPS = 1000
local scripts = {}
local seconds_max = 1
local is_running, is_watched = false, false
-- Of the running script, and of its client.
local script_protocol, client_protocol = 2, 2

local function read(length)
  if length == 0 then return '' end
  return stdin:read(length)
end

-- ---- time

local function too_long()
  return format('${tooLong('%d')}', seconds_max * 1000)
end

-- A script that catches the error is interrupted again at its next line, wherever that is.
local function kill()
  local info = getinfo(2, 'S')
  if info and info.source == SOURCE then error({ err = 'ERR ' .. too_long() }, 0) end
end

local function watch()
  if is_running and clock() > seconds_max then
    is_watched = false
    sethook(kill, 'l')
    error({ err = 'ERR ' .. too_long() }, 0)
  end
end

-- Nobody catches the end of a script whose time is over.
local function go_on()
  if is_running and not is_watched then error({ err = 'ERR ' .. too_long() }, 0) end
end

-- ---- errors, as Redis words them

-- '-CODE text' and 'text', which gets the code ERR.
local function error_table(text)
  local code, rest = match(text, '^%-(%S*) (.*)$')
  if code == nil then code, rest = 'ERR', match(text, '^%-?(.*)$') end
  return { err = code .. ' ' .. gsub(rest, '[\r\n]+$', '') }
end

local function fail(text)
  error(error_table(text), 0)
end

local function handle_error(err)
  if type(err) ~= 'table' then err = { err = 'ERR ' .. tostring(err) } end
  for level = 2, 20 do
    local info = getinfo(level, 'Sl')
    if info == nil then break end
    if info.source == SOURCE then
      if type(err) == 'table' and rawget(err, 'source') == nil then
        rawset(err, 'source', info.source)
        rawset(err, 'line', info.currentline)
      end
      break
    end
  end
  return err
end

-- ---- replies of commands

local read_reply

local function read_list(count)
  local list = {}
  for i = 1, count do list[i] = read_reply() end
  return list
end

function read_reply()
  local line = stdin:read('*l')
  local mark, text = sub(line, 1, 1), sub(line, 2, -2)
  if mark == '$' then
    local length = tonumber(text)
    if length < 0 then return false end
    return sub(stdin:read(length + 2), 1, -3)
  elseif mark == ':' then return tonumber(text)
  elseif mark == '+' then return { ok = text }
  elseif mark == '-' then
    return error_table(line)
  elseif mark == '*' or mark == '>' then
    local count = tonumber(text)
    if count < 0 then return false end
    return read_list(count)
  elseif mark == '_' then return nil
  elseif mark == '#' then return text == 't'
  elseif mark == ',' then return { double = tonumber(text) }
  elseif mark == '(' then return { big_number = text }
  elseif mark == '%' then
    local map = {}
    for _ = 1, tonumber(text) do
      local key = read_reply()
      local value = read_reply()
      map[key] = value
    end
    return { map = map }
  elseif mark == '~' then
    local set = {}
    for _ = 1, tonumber(text) do set[read_reply()] = true end
    return { set = set }
  elseif mark == '=' then
    local value = stdin:read(tonumber(text) + 2)
    return { verbatim_string = { format = sub(value, 1, 3), string = sub(value, 5, -3) } }
  end
end

-- Numbers that come often, as texts: to format one takes as long as all the rest of a request.
local digits, small = {}, {}
for i = 0, 1023 do
  digits[i] = format('%d', i)
  small[digits[i]] = i
end

local function ask(letter, ...)
  local head = letter
  for i = 1, select('#', ...) do
    local length = #(select(i, ...))
    head = head .. ' ' .. (digits[length] or length)
  end
  stdout:write(head, '\n', ...)
  stdout:flush()
end

-- The arguments of a command as texts; nil: one of them cannot be one.
local function texts_of(...)
  local words = { ... }
  for i = 1, select('#', ...) do
    local word = words[i]
    -- The zero that has a sign keeps it.
    if type(word) == 'number' then words[i] = word ~= 0 and digits[word] or format('%.17g', word)
    elseif type(word) ~= 'string' then return nil end
  end
  return words
end

local function call(...)
  if select('#', ...) == 0 then return error_table('Please specify at least one argument for this redis lib call') end
  local text, mark = host(script_protocol == 3 or nil, ...)
  if mark == 'T' then
    local words = texts_of(...)
    if words == nil then return error_table('Lua redis lib command arguments must be strings or integers') end
    text, mark = host(script_protocol == 3 or nil, unpack(words))
  end
  if mark == ':' then return small[text] or tonumber(text)
  elseif mark == '+' then return { ok = text }
  elseif mark ~= nil then return read_reply()
  elseif text ~= nil then return text end
  -- Nothing is no value in RESP3, and false before.
  if script_protocol < 3 then return false end
end

-- ---- replies to the client

local LIMIT = 2 ^ 63
local out, out_count = {}, 0

local function put(text)
  out_count = out_count + 1
  out[out_count] = text
end

local function put_bulk(text)
  put('$' .. (digits[#text] or #text) .. '\r\n')
  put(text)
  put('\r\n')
end

local function put_line(mark, text)
  put(mark .. gsub(text, '[\r\n]', ' ') .. '\r\n')
end

local function put_null()
  put(client_protocol == 3 and '_\r\n' or '$-1\r\n')
end

local function integer(number)
  if digits[number] ~= nil then return digits[number] end
  if number ~= number or number >= LIMIT or number < -LIMIT then return '-9223372036854775808' end
  -- Not the zero that has a sign.
  return format('%.0f', (number < 0 and ceil(number) or floor(number)) + 0)
end

local function put_boolean(value)
  if script_protocol < 3 then
    if value then put(':1\r\n') else put_null() end
  elseif client_protocol == 3 then put(value and '#t\r\n' or '#f\r\n')
  else put(value and ':1\r\n' or ':0\r\n') end
end

local function put_double(number)
  local text = number ~= number and 'nan' or number == 1 / 0 and 'inf' or number == -1 / 0 and '-inf' or format('%.17g', number)
  if client_protocol == 3 then put(',' .. text .. '\r\n') else put_bulk(text) end
end

local put_value

local function put_collection(items, is_map, depth)
  local count = 0
  for _ in next, items do count = count + 1 end
  if client_protocol == 3 then put((is_map and '%' or '~') .. count .. '\r\n')
  else put('*' .. (is_map and 2 * count or count) .. '\r\n') end
  for key, value in next, items do
    put_value(key, depth)
    if is_map then put_value(value, depth) end
  end
end

-- To C a text ends at its first byte 0.
local function until_zero(text)
  local at = find(text, '%z')
  return at and sub(text, 1, at - 1) or text
end

local function error_line(err)
  local text = rawget(err, 'err')
  if type(text) ~= 'string' then text = 'ERR unknown error' end
  return until_zero(text)
end

local function put_table(value, depth)
  if depth > 150 then return put_line('-', 'ERR reached lua stack limit') end
  if type(rawget(value, 'err')) == 'string' then return put_line('-', error_line(value)) end
  local ok, double, map, set = rawget(value, 'ok'), rawget(value, 'double'), rawget(value, 'map'), rawget(value, 'set')
  if type(ok) == 'string' then return put_line('+', until_zero(ok)) end
  if type(double) == 'number' then return put_double(double) end
  if type(map) == 'table' then return put_collection(map, true, depth) end
  if type(set) == 'table' then return put_collection(set, false, depth) end
  local big, verbatim = rawget(value, 'big_number'), rawget(value, 'verbatim_string')
  if type(big) == 'string' then
    if client_protocol == 3 then return put_line('(', big) end
    return put_bulk((gsub(big, '[\r\n]', ' ')))
  end
  if type(verbatim) == 'table' and type(rawget(verbatim, 'string')) == 'string' and type(rawget(verbatim, 'format')) == 'string' then
    local text = verbatim.string
    if client_protocol ~= 3 then return put_bulk(text) end
    put('=' .. (#text + 4) .. '\r\n' .. sub(verbatim.format .. '   ', 1, 3) .. ':')
    put(text)
    return put('\r\n')
  end
  local place = out_count + 1
  put('')
  local count = 0
  while true do
    local item = rawget(value, count + 1)
    if item == nil then break end
    put_value(item, depth)
    count = count + 1
  end
  out[place] = '*' .. count .. '\r\n'
end

function put_value(value, depth)
  local kind = type(value)
  if kind == 'string' then put_bulk(value)
  elseif kind == 'number' then put(':' .. integer(value) .. '\r\n')
  elseif kind == 'boolean' then put_boolean(value)
  elseif kind == 'table' then put_table(value, depth + 1)
  else put_null() end
end
`;
