/**
 * Numbers as bytes and bytes as numbers, for the libraries that pack: a global table, which the prelude takes. Whole numbers come in two halves of
 * 32 bits, since a double holds no 64. It also words errors as libraries in C do, of arguments and at the script's line.
 */
export const NUMBERS = String.raw`
local type, tostring, tonumber, error, pcall, select = type, tostring, tonumber, error, pcall, select
local char, byte = string.char, string.byte
local floor, ceil, frexp, ldexp, huge = math.floor, math.ceil, math.frexp, math.ldexp, math.huge
local HALF = 2 ^ 32

numbers = {}

-- Of what is beyond 64 bits, what x86 makes of it.
function numbers.halves(number)
  local is_negative = number < 0
  local whole = is_negative and -ceil(number) or floor(number)
  if number ~= number or (is_negative and whole > 2 ^ 63) then return 2 ^ 31, 0 end
  if whole >= 2 ^ 64 then return 0, 0 end
  local low = whole % HALF
  local high = (whole - low) / HALF
  if not is_negative then return high, low end
  if low == 0 then return (HALF - high) % HALF, 0 end
  return HALF - 1 - high, HALF - low
end

-- The lowest bytes of a whole number, the lowest first.
function numbers.bytes(high, low, size)
  local bytes = {}
  for i = 1, size do
    local rest = i <= 4 and low or i <= 8 and high or 0
    local one = rest % 256
    bytes[i] = char(one)
    if i <= 4 then low = (low - one) / 256 elseif i <= 8 then high = (high - one) / 256 end
  end
  return bytes
end

-- Rounded to the even one of two that are as near.
local function rounded(number)
  return number + 2 ^ 52 - 2 ^ 52
end

local function sign_of(number)
  return (number < 0 or (number == 0 and 1 / number < 0)) and 1 or 0
end

-- An IEEE number of 32 bits, as a whole one.
function numbers.float_bits(number)
  if number ~= number then return 0xffc00000 end
  local sign = sign_of(number) * 2 ^ 31
  if number < 0 then number = -number end
  if number == 0 then return sign end
  if number == huge then return sign + 0x7f800000 end
  local fraction, exponent = frexp(number)
  exponent = exponent + 126
  local bits
  if exponent <= 0 then bits = rounded(ldexp(number, 149))
  else bits = exponent * 2 ^ 23 + rounded(ldexp(fraction, 24)) - 2 ^ 23 end
  if bits > 0x7f800000 then bits = 0x7f800000 end
  return sign + bits
end

function numbers.float_of(bits)
  local sign = bits >= 2 ^ 31 and -1 or 1
  local rest = bits % 2 ^ 31
  local mantissa = rest % 2 ^ 23
  local exponent = (rest - mantissa) / 2 ^ 23
  if exponent == 255 then return mantissa == 0 and sign * huge or 0 / 0 end
  if exponent == 0 then return sign * ldexp(mantissa, -149) end
  return sign * ldexp(mantissa + 2 ^ 23, exponent - 150)
end

-- One of 64 bits, in two halves.
function numbers.double_bits(number)
  if number ~= number then return 0xfff80000, 0 end
  local sign = sign_of(number) * 2 ^ 31
  if number < 0 then number = -number end
  if number == 0 then return sign, 0 end
  if number == huge then return sign + 0x7ff00000, 0 end
  local fraction, exponent = frexp(number)
  exponent = exponent + 1022
  local mantissa
  if exponent <= 0 then mantissa, exponent = ldexp(number, 1074), 0 else mantissa = ldexp(fraction, 53) - 2 ^ 52 end
  local low = mantissa % HALF
  return sign + exponent * 2 ^ 20 + (mantissa - low) / HALF, low
end

function numbers.double_of(high, low)
  local sign = high >= 2 ^ 31 and -1 or 1
  local rest = high % 2 ^ 31
  local upper = rest % 2 ^ 20
  local exponent = (rest - upper) / 2 ^ 20
  local mantissa = upper * HALF + low
  if exponent == 2047 then return mantissa == 0 and sign * huge or 0 / 0 end
  if exponent == 0 then return sign * ldexp(mantissa, -1074) end
  return sign * ldexp(mantissa + 2 ^ 52, exponent - 1075)
end

-- The two halves of up to eight bytes; of more, of the lowest eight.
function numbers.read(text, from, size, is_big)
  local high, low = 0, 0
  local step, last = 1, from + size - 1
  local at = from
  if is_big then at, step = last, -1 end
  local place = 1
  for i = 1, size do
    local one = byte(text, at)
    if i == 5 then place = 1 end
    if i <= 4 then low = low + one * place elseif i <= 8 then high = high + one * place end
    place, at = place * 256, at + step
  end
  return high, low
end

-- ---- errors

-- In a library: with the line of the script that called it.
function numbers.fail(text)
  error({ of_library = text }, 0)
end

-- As it is.
function numbers.fail_bare(text)
  error({ of_library = text, is_bare = true }, 0)
end

function numbers.bad_argument(index, name, text)
  numbers.fail('bad argument #' .. index .. ' to \'' .. name .. '\' (' .. text .. ')')
end

local function checked(is_done, ...)
  if is_done then return ... end
  local err = (...)
  if type(err) == 'table' and err.of_library ~= nil then error(err.of_library, err.is_bare and 0 or 3) end
  error(err, 0)
end

-- A function of a library, whose errors are at the line of its caller. It gets the number of its arguments first.
function numbers.library_function(inner)
  return function(...)
    return checked(pcall(inner, select('#', ...), ...))
  end
end

local function type_of(value, index, count)
  return index > count and 'no value' or type(value)
end

function numbers.check_number(value, index, count, name)
  if type(value) == 'number' then return value end
  local number = type(value) == 'string' and tonumber(value)
  if not number then numbers.bad_argument(index, name, 'number expected, got ' .. type_of(value, index, count)) end
  return number
end

-- Without its fraction.
function numbers.check_whole(value, index, count, name)
  local number = numbers.check_number(value, index, count, name)
  return number < 0 and ceil(number) or floor(number)
end

function numbers.check_text(value, index, count, name)
  if type(value) == 'string' then return value end
  if type(value) == 'number' then return tostring(value) end
  numbers.bad_argument(index, name, 'string expected, got ' .. type_of(value, index, count))
end
`;
