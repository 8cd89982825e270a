/**
 * The library cjson of Redis, in Lua: a global table, which the prelude takes, and a function that sets back what a script has set in it. So that
 * holds for the rest of this script, and not, as in Redis, for all that come after it.
 */
export const CJSON = String.raw`
local type, tostring, tonumber, error, pairs, next, pcall, select = type, tostring, tonumber, error, pairs, next, pcall, select
local byte, char, find, format, gsub, lower, sub = string.byte, string.char, string.find, string.format, string.gsub, string.lower, string.sub
local concat, floor = table.concat, math.floor
local null = newproxy()

local escapes = { ['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t' }
for i = 0, 31 do
  local c = char(i)
  escapes[c] = escapes[c] or format('\\u%04x', i)
end
escapes['\127'] = '\\u007f'

local function quoted(text)
  return '"' .. gsub(text, '[%c"\\/\127]', escapes) .. '"'
end

local function utf8_of(code)
  if code < 0x80 then return char(code) end
  if code < 0x800 then return char(0xc0 + floor(code / 0x40), 0x80 + code % 0x40) end
  if code < 0x10000 then
    return char(0xe0 + floor(code / 0x1000), 0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
  end
  return char(0xf0 + floor(code / 0x40000), 0x80 + floor(code / 0x1000) % 0x40, 0x80 + floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

local function fail(what, found, at)
  error('Expected ' .. what .. ' but found ' .. found .. ' at character ' .. at, 0)
end

-- ---- what settings are given

local INT_MAX = 2147483647
local OFF_ON, OFF_ON_NULL = { off = true, on = true }, { off = true, on = true, null = true }

local function check_count(most, name, ...)
  if select('#', ...) > most then error("bad argument #" .. most + 1 .. " to '" .. name .. "' (found too many arguments)", 3) end
end

local function choice(value, now, choices, name)
  if value == nil then return now end
  if type(value) == 'boolean' then return value and 'on' or 'off' end
  if type(value) == 'number' then value = tostring(value) end
  if type(value) ~= 'string' then error("bad argument #1 to '" .. name .. "' (string expected, got " .. type(value) .. ')', 3) end
  if choices[value] == nil then error("bad argument #1 to '" .. name .. "' (invalid option '" .. value .. "')", 3) end
  return value
end

local function as_told(setting)
  if setting == 'on' then return true end
  if setting == 'off' then return false end
  return setting
end

local function whole(value, place, now, least, most, name)
  if value == nil then return now end
  local number = tonumber(value)
  if number == nil then error('bad argument #' .. place .. " to '" .. name .. "' (number expected, got " .. type(value) .. ')', 3) end
  number = number < 0 and -floor(-number) or floor(number)
  if not (number >= least and number <= most) then
    error("bad argument #1 to '" .. name .. "' (expected integer between " .. least .. ' and ' .. most .. ')', 3)
  end
  return number
end

-- One library, with settings of its own.
local function library()
local sparse_converts, sparse_ratio, sparse_safe, depth_out, depth_in, digits, number_format, keeps_buffer, invalid_out, takes_odd
local function reset()
  sparse_converts, sparse_ratio, sparse_safe = 'off', 2, 10
  depth_out, depth_in = 1000, 1000
  digits, number_format = 14, '%.14g'
  keeps_buffer, invalid_out, takes_odd = 'on', 'off', true
end
reset()

local function number_text(value)
  if value ~= value or value == 1 / 0 or value == -1 / 0 then
    if invalid_out == 'off' then error('Cannot serialise number: must not be NaN or Inf', 0) end
    if invalid_out == 'null' then return 'null' end
    return value ~= value and 'nan' or value > 0 and 'inf' or '-inf'
  end
  return format(number_format, value)
end

-- The length of a table that is a list; nil: it is a map.
local function list_length(value)
  local greatest, count = 0, 0
  for key in pairs(value) do
    if type(key) ~= 'number' or key < 1 or floor(key) ~= key then return nil end
    if key > greatest then greatest = key end
    count = count + 1
  end
  if count == 0 then return nil end
  if sparse_ratio > 0 and greatest > count * sparse_ratio and greatest > sparse_safe then
    if sparse_converts == 'off' then error('Cannot serialise table: excessively sparse array', 0) end
    return nil
  end
  return greatest
end

local encode_value

local function encode_table(value, out, depth)
  if depth > depth_out then error('Cannot serialise, excessive nesting (' .. depth .. ')', 0) end
  local length = list_length(value)
  if length ~= nil then
    out[#out + 1] = '['
    for i = 1, length do
      if i > 1 then out[#out + 1] = ',' end
      encode_value(value[i], out, depth)
    end
    out[#out + 1] = ']'
    return
  end
  out[#out + 1] = '{'
  local is_first = true
  for key, item in pairs(value) do
    if not is_first then out[#out + 1] = ',' end
    is_first = false
    if type(key) == 'string' then
      out[#out + 1] = quoted(key)
    elseif type(key) == 'number' then
      out[#out + 1] = '"' .. number_text(key) .. '"'
    else
      error('Cannot serialise table: table key must be a number or string', 0)
    end
    out[#out + 1] = ':'
    encode_value(item, out, depth)
  end
  out[#out + 1] = '}'
end

function encode_value(value, out, depth)
  local kind = type(value)
  if kind == 'string' then out[#out + 1] = quoted(value)
  elseif kind == 'number' then out[#out + 1] = number_text(value)
  elseif kind == 'boolean' then out[#out + 1] = tostring(value)
  elseif kind == 'nil' or value == null then out[#out + 1] = 'null'
  elseif kind == 'table' then encode_table(value, out, depth + 1)
  else error('Cannot serialise ' .. kind .. ': type not supported', 0) end
end

-- What is no number of JSON, though C reads it: a plus, zeros in front, hexadecimal digits, infinity and NaN.
local function is_odd(text, at)
  return find(text, '^%+', at) ~= nil or find(text, '^-?0[xX%d]', at) ~= nil
    or find(text, '^-?[iI][nN][fF]', at) ~= nil or find(text, '^-?[nN][aA][nN]', at) ~= nil
end

-- As C's strtod: the number and where it goes on, or nil.
local function number_at(text, at)
  if not takes_odd and is_odd(text, at) then return nil end
  local _, stop = find(text, '^[+-]?%d+%.?%d*', at)
  if stop == nil then _, stop = find(text, '^[+-]?%.%d+', at) end
  if stop ~= nil then
    local c = byte(text, stop + 1)
    local _, end_of_power
    if c == 69 or c == 101 then _, end_of_power = find(text, '^[eE][+-]?%d+', stop + 1)
    elseif c == 88 or c == 120 then
      _, stop = find(text, '^[+-]?0[xX]%x+%.?%x*', at)
      if stop == nil then _, stop = find(text, '^[+-]?0[xX]%.%x+', at) end
      if stop == nil then _, stop = find(text, '^[+-]?0', at)
      else _, end_of_power = find(text, '^[pP][+-]?%d+', stop + 1) end
    end
    stop = end_of_power or stop
    return tonumber(sub(text, at, stop)), stop + 1
  end
  local word = lower(sub(text, at, at + 8))
  local _, length = find(word, '^[+-]?infinity')
  if length == nil then _, length = find(word, '^[+-]?inf') end
  if length ~= nil then return byte(word) == 45 and -1 / 0 or 1 / 0, at + length end
  _, length = find(word, '^[+-]?nan')
  if length ~= nil then return tonumber(sub(word, 1, length)), at + length end
end

local function token_at(text, at)
  local c = sub(text, at, at)
  if c == '' then return 'T_END' end
  local names = { ['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END', [','] = 'T_COMMA', [':'] = 'T_COLON', ['"'] = 'T_STRING' }
  if names[c] ~= nil then return names[c] end
  if find(text, '^true', at) or find(text, '^false', at) then return 'T_BOOLEAN' end
  if find(text, '^null', at) then return 'T_NULL' end
  if not find(text, '^[-%d]', at) and not (takes_odd and is_odd(text, at)) then return 'invalid token' end
  return number_at(text, at) ~= nil and 'T_NUMBER' or 'invalid number'
end

local unescaped = { ['"'] = '"', ['\\'] = '\\', ['/'] = '/', b = '\b', f = '\f', n = '\n', r = '\r', t = '\t' }

-- From behind the opening quote on. Returns the text, and where it goes on.
local function decode_string(text, at)
  local start = at
  local parts = {}
  while true do
    local stop = find(text, '["\\%c]', at)
    if stop == nil then fail('value', 'unexpected end of string', #text + 1) end
    parts[#parts + 1] = sub(text, at, stop - 1)
    local c = sub(text, stop, stop)
    if c == '"' then return concat(parts), stop + 1 end
    if c ~= '\\' then
      if byte(c) == 127 then parts[#parts + 1] = c at = stop + 1
      else fail('value', 'invalid token', start - 1) end
    else
      c = sub(text, stop + 1, stop + 1)
      if unescaped[c] ~= nil then
        parts[#parts + 1] = unescaped[c]
        at = stop + 2
      elseif c == 'u' and find(text, '^%x%x%x%x', stop + 2) then
        local code = tonumber(sub(text, stop + 2, stop + 5), 16)
        at = stop + 6
        if code >= 0xd800 and code < 0xdc00 and find(text, '^\\u[dD][c-fC-F]%x%x', at) then
          code = 0x10000 + (code - 0xd800) * 0x400 + tonumber(sub(text, at + 2, at + 5), 16) - 0xdc00
          at = at + 6
        elseif code >= 0xd800 and code < 0xe000 then
          fail('value', 'invalid unicode escape code', stop)
        end
        parts[#parts + 1] = utf8_of(code)
      else
        fail('value', 'invalid escape code', stop)
      end
    end
  end
end

local function skip(text, at)
  return find(text, '[^ \t\r\n]', at) or #text + 1
end

local decode_value

local function decode_list(text, at, depth)
  local list, count = {}, 0
  at = skip(text, at)
  if byte(text, at) == 93 then return list, at + 1 end
  while true do
    count = count + 1
    list[count], at = decode_value(text, at, depth)
    at = skip(text, at)
    local c = byte(text, at)
    if c == 93 then return list, at + 1 end
    if c ~= 44 then fail('comma or array end', token_at(text, at), at) end
    at = at + 1
  end
end

local function decode_map(text, at, depth)
  local map = {}
  at = skip(text, at)
  if byte(text, at) == 125 then return map, at + 1 end
  while true do
    if byte(text, at) ~= 34 then fail('object key string', token_at(text, at), at) end
    local key
    key, at = decode_string(text, at + 1)
    at = skip(text, at)
    if byte(text, at) ~= 58 then fail('colon', token_at(text, at), at) end
    map[key], at = decode_value(text, at + 1, depth)
    at = skip(text, at)
    local c = byte(text, at)
    if c == 125 then return map, at + 1 end
    if c ~= 44 then fail('comma or object end', token_at(text, at), at) end
    at = skip(text, at + 1)
  end
end

function decode_value(text, at, depth)
  at = skip(text, at)
  local c = byte(text, at)
  if c == 34 then return decode_string(text, at + 1) end
  if c == 123 or c == 91 then
    depth = depth + 1
    if depth > depth_in then error('Found too many nested data structures (' .. depth .. ') at character ' .. at, 0) end
    return (c == 123 and decode_map or decode_list)(text, at + 1, depth)
  end
  if c ~= nil and (c == 45 or (c >= 48 and c <= 57)) then
    local value, after = number_at(text, at)
    if value ~= nil then return value, after end
  end
  if find(text, '^true', at) then return true, at + 4 end
  if find(text, '^false', at) then return false, at + 5 end
  if find(text, '^null', at) then return null, at + 4 end
  if is_odd(text, at) then
    local value, after = number_at(text, at)
    if value ~= nil then return value, after end
  end
  fail('value', token_at(text, at), at)
end

local function decode_whole(text)
  local value, at = decode_value(text, 1, 0)
  at = skip(text, at)
  if at <= #text then fail('the end', token_at(text, at), at) end
  return value
end

local made = {
  _NAME = 'cjson', _VERSION = '2.1.0',
  null = null,
  new = function() return (library()) end,
  encode_sparse_array = function(...)
    check_count(3, 'encode_sparse_array', ...)
    local converts, ratio, safe = ...
    sparse_converts = choice(converts, sparse_converts, OFF_ON, 'encode_sparse_array')
    sparse_ratio = whole(ratio, 2, sparse_ratio, 0, INT_MAX, 'encode_sparse_array')
    sparse_safe = whole(safe, 3, sparse_safe, 0, INT_MAX, 'encode_sparse_array')
    return as_told(sparse_converts), sparse_ratio, sparse_safe
  end,
  encode_max_depth = function(...)
    check_count(1, 'encode_max_depth', ...)
    depth_out = whole((...), 1, depth_out, 1, INT_MAX, 'encode_max_depth')
    return depth_out
  end,
  decode_max_depth = function(...)
    check_count(1, 'decode_max_depth', ...)
    depth_in = whole((...), 1, depth_in, 1, INT_MAX, 'decode_max_depth')
    return depth_in
  end,
  encode_number_precision = function(...)
    check_count(1, 'encode_number_precision', ...)
    digits = whole((...), 1, digits, 1, 14, 'encode_number_precision')
    number_format = '%.' .. digits .. 'g'
    return digits
  end,
  -- There is no buffer that could be kept.
  encode_keep_buffer = function(...)
    check_count(1, 'encode_keep_buffer', ...)
    keeps_buffer = choice((...), keeps_buffer, OFF_ON, 'encode_keep_buffer')
    return as_told(keeps_buffer)
  end,
  encode_invalid_numbers = function(...)
    check_count(1, 'encode_invalid_numbers', ...)
    invalid_out = choice((...), invalid_out, OFF_ON_NULL, 'encode_invalid_numbers')
    return as_told(invalid_out)
  end,
  decode_invalid_numbers = function(...)
    check_count(1, 'decode_invalid_numbers', ...)
    takes_odd = choice((...), takes_odd and 'on' or 'off', OFF_ON, 'decode_invalid_numbers') == 'on'
    return takes_odd
  end,
  encode = function(...)
    if select('#', ...) ~= 1 then error('bad argument #1 to \'encode\' (expected 1 argument)', 2) end
    local out = {}
    local is_done, err = pcall(encode_value, (...), out, 0)
    if not is_done then error(err, 2) end
    return concat(out)
  end,
  decode = function(...)
    if select('#', ...) ~= 1 then error('bad argument #1 to \'decode\' (expected 1 argument)', 2) end
    local text = (...)
    if type(text) == 'number' then text = tostring(text) end
    if type(text) ~= 'string' then error('bad argument #1 to \'decode\' (string expected, got ' .. type(text) .. ')', 2) end
    local is_done, value = pcall(decode_whole, text)
    if not is_done then error(value, 2) end
    return value
  end,
}
return made, reset
end

cjson, reset_cjson = library()
`;
