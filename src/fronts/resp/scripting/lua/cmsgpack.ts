/** The library cmsgpack of Redis (MessagePack), in Lua: a global table, which the prelude takes. */
export const CMSGPACK = String.raw`
local type, next, error, unpack, floor = type, next, error, unpack, math.floor
local byte, char, reverse, sub = string.byte, string.char, string.reverse, string.sub
local concat = table.concat
local numbers = numbers
local fail, fail_bare = numbers.fail, numbers.fail_bare
local DEPTH_MAX, HALF = 16, 2 ^ 32

local function big(high, low, size)
  return reverse(concat(numbers.bytes(high, low, size)))
end

-- ---- packing

local function text_head(length)
  if length < 32 then return char(0xa0 + length) end
  if length <= 0xff then return '\217' .. char(length) end
  if length <= 0xffff then return '\218' .. big(0, length, 2) end
  return '\219' .. big(0, length, 4)
end

-- Of a list or a map.
local function collection_head(count, short, medium, long)
  if count <= 15 then return char(short + count) end
  if count <= 0xffff then return medium .. big(0, count, 2) end
  return long .. big(0, count, 4)
end

local function packed_whole(number)
  local high, low = numbers.halves(number)
  if number >= 0 then
    if number <= 127 then return char(number) end
    if number <= 0xff then return '\204' .. char(number) end
    if number <= 0xffff then return '\205' .. big(0, low, 2) end
    if number <= 0xffffffff then return '\206' .. big(0, low, 4) end
    return '\207' .. big(high, low, 8)
  end
  if number >= -32 then return char(256 + number) end
  if number >= -128 then return '\208' .. char(256 + number) end
  if number >= -32768 then return '\209' .. big(0, low, 2) end
  if number >= -2147483648 then return '\210' .. big(0, low, 4) end
  return '\211' .. big(high, low, 8)
end

local function packed_number(number)
  -- The zero that has a sign is a whole number too.
  if number >= -2 ^ 63 and number < 2 ^ 63 and floor(number) == number then return packed_whole(number + 0) end
  local bits = numbers.float_bits(number)
  if numbers.float_of(bits) == number then return '\202' .. big(0, bits, 4) end
  local high, low = numbers.double_bits(number)
  return '\203' .. big(high, low, 8)
end

-- Whether its keys are the whole numbers from 1 up to how many there are.
local function is_list(value)
  local count, greatest = 0, 0
  for key in next, value do
    if type(key) ~= 'number' or key <= 0 or key > 2147483647 or floor(key) ~= key then return false end
    if key > greatest then greatest = key end
    count = count + 1
  end
  return count == greatest
end

local put

local function put_table(parts, value, depth)
  if is_list(value) then
    local count = #value
    parts[#parts + 1] = collection_head(count, 0x90, '\220', '\221')
    for i = 1, count do put(parts, value[i], depth + 1) end
    return
  end
  local count = 0
  for _ in next, value do count = count + 1 end
  parts[#parts + 1] = collection_head(count, 0x80, '\222', '\223')
  for key, item in next, value do
    put(parts, key, depth + 1)
    put(parts, item, depth + 1)
  end
end

function put(parts, value, depth)
  local kind = type(value)
  if kind == 'string' then
    parts[#parts + 1] = text_head(#value)
    parts[#parts + 1] = value
  elseif kind == 'number' then parts[#parts + 1] = packed_number(value)
  elseif kind == 'boolean' then parts[#parts + 1] = value and '\195' or '\194'
  -- A table may hold itself.
  elseif kind == 'table' and depth < DEPTH_MAX then put_table(parts, value, depth)
  else parts[#parts + 1] = '\192' end
end

local function pack(count, ...)
  if count == 0 then numbers.bad_argument(0, 'pack', 'MessagePack pack needs input.') end
  local values, parts = { ... }, {}
  for i = 1, count do put(parts, values[i], 0) end
  return concat(parts)
end

-- ---- unpacking

local function need(input, count)
  if input.at + count - 1 > input.length then fail('Missing bytes in input.') end
end

-- The two halves of a number behind the first byte.
local function taken(input, size)
  need(input, 1 + size)
  local high, low = numbers.read(input.text, input.at + 1, size, true)
  input.at = input.at + 1 + size
  return high, low
end

local function taken_text(input, size)
  local _, length = taken(input, size)
  need(input, length)
  input.at = input.at + length
  return sub(input.text, input.at - length, input.at - 1)
end

local take

local function take_list(input, count)
  local list = {}
  for i = 1, count do list[i] = take(input) end
  return list
end

local function take_map(input, count)
  local map = {}
  for _ = 1, count do
    local key = take(input)
    local value = take(input)
    if key == nil then fail_bare('table index is nil') end
    if key ~= key then fail_bare('table index is NaN') end
    map[key] = value
  end
  return map
end

local function signed(size)
  return function(input)
    local high, low = taken(input, size)
    if size == 8 then return (high >= 2 ^ 31 and high - HALF or high) * HALF + low end
    local limit = 2 ^ (8 * size - 1)
    return low >= limit and low - 2 * limit or low
  end
end

local function unsigned(size)
  return function(input)
    local high, low = taken(input, size)
    return high * HALF + low
  end
end

local function counted(size, take_items)
  return function(input)
    local _, count = taken(input, size)
    return take_items(input, count)
  end
end

local function constant(value)
  return function(input)
    input.at = input.at + 1
    return value
  end
end

-- By the first byte.
local TAKES = {
  [0xc0] = constant(nil), [0xc2] = constant(false), [0xc3] = constant(true),
  [0xca] = function(input)
    local _, low = taken(input, 4)
    return numbers.float_of(low)
  end,
  [0xcb] = function(input) return numbers.double_of(taken(input, 8)) end,
  [0xcc] = unsigned(1), [0xcd] = unsigned(2), [0xce] = unsigned(4),
  -- As Redis has it, one of 64 bits has a sign all the same.
  [0xcf] = signed(8),
  [0xd0] = signed(1), [0xd1] = signed(2), [0xd2] = signed(4), [0xd3] = signed(8),
  [0xd9] = function(input) return taken_text(input, 1) end,
  [0xda] = function(input) return taken_text(input, 2) end,
  [0xdb] = function(input) return taken_text(input, 4) end,
  [0xdc] = counted(2, take_list), [0xdd] = counted(4, take_list),
  [0xde] = counted(2, take_map), [0xdf] = counted(4, take_map),
}

function take(input)
  need(input, 1)
  local first = byte(input.text, input.at)
  local taking = TAKES[first]
  if taking ~= nil then return taking(input) end
  if first >= 0xc0 and first < 0xe0 then fail('Bad data format in input.') end
  input.at = input.at + 1
  if first < 0x80 then return first end
  if first >= 0xe0 then return first - 256 end
  if first < 0x90 then return take_map(input, first - 0x80) end
  if first < 0xa0 then return take_list(input, first - 0x90) end
  local length = first - 0xa0
  need(input, length)
  input.at = input.at + length
  return sub(input.text, input.at - length, input.at - 1)
end

-- limit and offset 0: all that there is.
local function unpack_from(text, limit, offset)
  local length = #text
  if offset < 0 or limit < 0 then
    fail('Invalid request to unpack with offset of ' .. offset .. ' and limit of ' .. length .. '.')
  end
  if offset > length then fail('Start offset ' .. offset .. ' greater than input length ' .. length .. '.') end
  local is_all = limit == 0 and offset == 0
  local input = { text = text, at = offset + 1, length = length }
  local values, count = {}, 0
  while input.at <= length and (is_all or count < limit) do
    count = count + 1
    values[count] = take(input)
  end
  if is_all then return unpack(values, 1, count) end
  return input.at > length and -1 or input.at - 1, unpack(values, 1, count)
end

local function optional(value, index, count, name)
  return value == nil and 0 or numbers.check_whole(value, index, count, name)
end

local function unpack_all(count, ...)
  return unpack_from(numbers.check_text((...), 1, count, 'unpack'), 0, 0)
end

local function unpack_one(count, ...)
  local text, from = ...
  local offset = optional(from, 2, count, 'unpack_one')
  return unpack_from(numbers.check_text(text, 1, count, 'unpack_one'), 1, offset)
end

local function unpack_limit(count, ...)
  local text, most, from = ...
  local limit = numbers.check_whole(most, 2, count, 'unpack_limit')
  local offset = optional(from, 3, count, 'unpack_limit')
  return unpack_from(numbers.check_text(text, 1, count, 'unpack_limit'), limit, offset)
end

cmsgpack = {
  pack = numbers.library_function(pack), unpack = numbers.library_function(unpack_all),
  unpack_one = numbers.library_function(unpack_one), unpack_limit = numbers.library_function(unpack_limit),
  _NAME = 'cmsgpack', _VERSION = 'lua-cmsgpack 0.4.0', _COPYRIGHT = 'Copyright (C) 2012, Salvatore Sanfilippo',
  _DESCRIPTION = 'MessagePack C implementation for Lua',
}
`;
