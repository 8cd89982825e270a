/** The library cjson of Redis, in Lua: a global table, which the prelude takes. Numbers have 14 digits, as there. */
export const CJSON = String.raw`
local type, tostring, tonumber, error, pairs, next, pcall, select = type, tostring, tonumber, error, pairs, next, pcall, select
local byte, char, find, format, gsub, sub = string.byte, string.char, string.find, string.format, string.gsub, string.sub
local concat, floor = table.concat, math.floor
local null = newproxy()
local DEPTH_MAX = 1000

local escapes = { ['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t' }
for i = 0, 31 do
  local c = char(i)
  escapes[c] = escapes[c] or format('\\u%04x', i)
end
escapes['\127'] = '\\u007f'

local function quoted(text)
  return '"' .. gsub(text, '[%c"\\/\127]', escapes) .. '"'
end

local function number_text(value)
  if value ~= value or value == 1 / 0 or value == -1 / 0 then
    error('Cannot serialise number: must not be NaN or Inf', 0)
  end
  return format('%.14g', value)
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
  if greatest > 10 and greatest > count * 2 then
    error('Cannot serialise table: excessively sparse array', 0)
  end
  return greatest
end

local encode_value

local function encode_table(value, out, depth)
  if depth > DEPTH_MAX then error('Cannot serialise, excessive depth (' .. depth .. ')', 0) end
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

local function token_at(text, at)
  local c = sub(text, at, at)
  if c == '' then return 'T_END' end
  local names = { ['{'] = 'T_OBJ_BEGIN', ['}'] = 'T_OBJ_END', ['['] = 'T_ARR_BEGIN', [']'] = 'T_ARR_END', [','] = 'T_COMMA', [':'] = 'T_COLON', ['"'] = 'T_STRING' }
  if names[c] ~= nil then return names[c] end
  if find(text, '^-?%d', at) then return 'T_NUMBER' end
  if find(text, '^true', at) or find(text, '^false', at) then return 'T_BOOLEAN' end
  if find(text, '^null', at) then return 'T_NULL' end
  return 'invalid token'
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
  if depth > DEPTH_MAX then error('Found too many nested data structures (' .. depth .. ')', 0) end
  at = skip(text, at)
  local c = byte(text, at)
  if c == 34 then return decode_string(text, at + 1) end
  if c == 123 then return decode_map(text, at + 1, depth + 1) end
  if c == 91 then return decode_list(text, at + 1, depth + 1) end
  local _, stop = find(text, '^-?%d+%.?%d*[eE]?[+-]?%d*', at)
  if stop ~= nil then
    local value = tonumber(sub(text, at, stop))
    if value ~= nil then return value, stop + 1 end
  end
  if find(text, '^true', at) then return true, at + 4 end
  if find(text, '^false', at) then return false, at + 5 end
  if find(text, '^null', at) then return null, at + 4 end
  fail('value', token_at(text, at), at)
end

local function decode_whole(text)
  local value, at = decode_value(text, 1, 0)
  at = skip(text, at)
  if at <= #text then fail('the end', token_at(text, at), at) end
  return value
end

cjson = {
  null = null,
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
`;
