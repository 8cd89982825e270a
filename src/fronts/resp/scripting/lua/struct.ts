/** The library struct of Redis, in Lua: a global table, which the prelude takes. Sizes are those of a machine of 64 bits. */
export const STRUCT = String.raw`
local tonumber, type, unpack = tonumber, type, unpack
local byte, char, find, match, rep, reverse, sub = string.byte, string.char, string.find, string.match, string.rep, string.reverse, string.sub
local concat = table.concat
local numbers = numbers
local band = bit.band
local fail, bad_argument = numbers.fail, numbers.bad_argument
local SIZE_MAX, ALIGN, INT_MAX, HALF = 32, 8, 2 ^ 31 - 1, 2 ^ 32
local SIZES = { b = 1, B = 1, h = 2, H = 2, l = 8, L = 8, T = 8, f = 4, d = 8, x = 1 }
local WHOLE = { b = true, B = true, h = true, H = true, l = true, L = true, T = true, i = true, I = true }

-- A format is read option by option: where it is, and what was said of the order of bytes and of alignment.
local function open(text)
  return { text = match(text, '^[^%z]*'), at = 1, is_big = false, align = 1 }
end

local function number_in(format, default)
  local digits = match(format.text, '^%d+', format.at)
  if digits == nil then return default end
  format.at = format.at + #digits
  local number = tonumber(digits)
  if number > INT_MAX then fail('integral size overflow') end
  return number
end

-- The next option and its size; nil at the end.
local function next_option(format)
  local option = sub(format.text, format.at, format.at)
  if option == '' then return nil end
  format.at = format.at + 1
  if option == 'c' then return option, number_in(format, 1) end
  if option ~= 'i' and option ~= 'I' then return option, SIZES[option] or 0 end
  local size = number_in(format, 4)
  if size > SIZE_MAX then fail('integral size ' .. size .. ' is larger than limit of ' .. SIZE_MAX) end
  return option, size
end

-- How many bytes go before one of this size.
local function padding(format, position, option, size)
  if size == 0 or option == 'c' then return 0 end
  if size > format.align then size = format.align end
  return band(size - band(position, size - 1), size - 1)
end

local function control(format, option, name)
  if option == ' ' then return end
  if option == '>' then format.is_big = true
  elseif option == '<' then format.is_big = false
  elseif option == '!' then
    local align = number_in(format, ALIGN)
    if align == 0 or band(align, align - 1) ~= 0 then fail('alignment ' .. align .. ' is not a power of 2') end
    format.align = align
  else bad_argument(1, name, 'invalid format option \'' .. option .. '\'') end
end

local function ordered(bytes, is_big)
  local text = concat(bytes)
  return is_big and reverse(text) or text
end

local function packed_number(option, number, size, is_big)
  if option == 'f' then return ordered(numbers.bytes(0, numbers.float_bits(number), 4), is_big) end
  if option == 'd' then
    local high, low = numbers.double_bits(number)
    return ordered(numbers.bytes(high, low, 8), is_big)
  end
  local high, low = numbers.halves(number)
  return ordered(numbers.bytes(high, low, size), is_big)
end

-- In C what is missing is a nil that marks the end of the arguments.
local function pack(count, ...)
  local format = open(numbers.check_text((...), 1, count, 'pack'))
  local arguments = { ... }
  local parts, length, index = {}, 0, 2
  local function put(text)
    parts[#parts + 1] = text
    length = length + #text
  end
  for option, size in next_option, format do
    put(rep('\0', padding(format, length, option, size)))
    if WHOLE[option] or option == 'f' or option == 'd' then
      local number = numbers.check_number(arguments[index], index, index, 'pack')
      index = index + 1
      put(packed_number(option, number, size, format.is_big))
    elseif option == 'x' then put('\0')
    elseif option == 'c' or option == 's' then
      local text = numbers.check_text(arguments[index], index, index, 'pack')
      index = index + 1
      if size == 0 then size = #text end
      if #text < size then bad_argument(index, 'pack', 'string too short') end
      put(sub(text, 1, size))
      if option == 's' then put('\0') end
    else control(format, option, 'pack') end
  end
  return concat(parts)
end

local function whole_number(text, from, size, is_big, is_signed)
  local high, low = numbers.read(text, from, size, is_big)
  if not is_signed then return high * HALF + low end
  -- The sign is a bit of those sizes that there are; of others, the one that x86 takes.
  local shift = (size * 8 - 1) % 64
  if shift < 32 then
    local place = 2 ^ shift
    local has_sign = high > 0 or low >= place
    return has_sign and low % place - place or low
  end
  local place = 2 ^ (shift - 32)
  if high >= place then high = high % place - place end
  return high * HALF + low
end

local function unpacked(data, position, option, size, is_big)
  if option == 'f' then
    local _, low = numbers.read(data, position + 1, 4, is_big)
    return numbers.float_of(low)
  end
  if option == 'd' then return numbers.double_of(numbers.read(data, position + 1, 8, is_big)) end
  return whole_number(data, position + 1, size, is_big, find(option, '%l') ~= nil)
end

local function unpack_values(count, ...)
  local text, data, from = ...
  local format = open(numbers.check_text(text, 1, count, 'unpack'))
  data = numbers.check_text(data, 2, count, 'unpack')
  local position = from == nil and 1 or numbers.check_whole(from, 3, count, 'unpack')
  if position == 0 then bad_argument(3, 'unpack', 'offset must be 1 or greater') end
  position = position - 1
  local length = #data
  local values, found = {}, 0
  local function need(size)
    if position < 0 or size < 0 or position + size > length then bad_argument(2, 'unpack', 'data string too short') end
  end
  local function add(value)
    found = found + 1
    values[found] = value
  end
  for option, size in next_option, format do
    if position >= 0 then position = position + padding(format, position, option, size) end
    need(size)
    if WHOLE[option] or option == 'f' or option == 'd' then add(unpacked(data, position, option, size, format.is_big))
    elseif option == 'c' then
      if size == 0 then
        size = found > 0 and tonumber(values[found])
        if not size then fail('format \'c0\' needs a previous size') end
        local high, low = numbers.halves(size)
        size = high * HALF + low
        found = found - 1
        need(size)
      end
      add(sub(data, position + 1, position + size))
    elseif option == 's' then
      local stop = find(data, '%z', position + 1)
      if stop == nil then fail('unfinished string in data') end
      size = stop - position
      add(sub(data, position + 1, stop - 1))
    elseif option ~= 'x' then control(format, option, 'unpack') end
    position = position + size
  end
  add(position + 1)
  return unpack(values, 1, found)
end

local function size_of(count, ...)
  local format = open(numbers.check_text((...), 1, count, 'size'))
  local position = 0
  for option, size in next_option, format do
    position = position + padding(format, position, option, size)
    if option == 's' then bad_argument(1, 'size', 'option \'s\' has no fixed size') end
    if option == 'c' and size == 0 then bad_argument(1, 'size', 'option \'c0\' has no fixed size') end
    if not find(option, '%w') then control(format, option, 'size') end
    position = position + size
  end
  return position
end

struct = {
  pack = numbers.library_function(pack), unpack = numbers.library_function(unpack_values), size = numbers.library_function(size_of),
}
`;
