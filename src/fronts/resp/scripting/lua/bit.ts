/** The library bit of Redis (LuaBitOp), in Lua: a global table, which the prelude takes. What comes and goes has 32 bits, with a sign. */
export const BIT = String.raw`
local type, tonumber, error, select = type, tonumber, error, select
local floor, frexp = math.floor, math.frexp
local format, rep, sub, upper = string.format, string.rep, string.sub, string.upper
local HALF, SIGN = 2 ^ 32, 2 ^ 31
-- Added to a number it leaves its bits, rounded, at the end of the sum.
local MAGIC = 2 ^ 52 + 2 ^ 51

-- Of two numbers of four bits: 16 times the one and the other.
local AND, OR, XOR = {}, {}, {}
for a = 0, 15 do
  for b = 0, 15 do
    local both, either, place = 0, 0, 1
    for i = 0, 3 do
      local bit_a, bit_b = floor(a / 2 ^ i) % 2, floor(b / 2 ^ i) % 2
      both = both + bit_a * bit_b * place
      either = either + (bit_a + bit_b - bit_a * bit_b) * place
      place = place * 2
    end
    AND[16 * a + b], OR[16 * a + b], XOR[16 * a + b] = both, either, either - both
  end
end

local function signed(bits)
  return bits >= SIGN and bits - HALF or bits
end

-- The 32 bits of an argument. Level 3 is the line of the script.
local function bits_of(value, index, count, name)
  local number = value
  if type(number) ~= 'number' then
    number = type(number) == 'string' and tonumber(number)
    if not number then
      local found = index > count and 'no value' or type(value)
      error('bad argument #' .. index .. ' to \'' .. name .. '\' (number expected, got ' .. found .. ')', 3)
    end
  end
  local sum = number + MAGIC
  if sum >= 2 ^ 52 and sum < 2 ^ 53 then return sum % HALF end
  -- As the bits of a double are.
  if sum ~= sum or sum - sum ~= 0 then return 0 end
  local fraction = frexp(sum)
  return ((fraction < 0 and -fraction or fraction) * 2 ^ 53) % HALF
end

local function combined(a, b, of)
  local result, place = 0, 1
  for _ = 1, 8 do
    local low_a, low_b = a % 16, b % 16
    result = result + of[16 * low_a + low_b] * place
    a, b, place = (a - low_a) / 16, (b - low_b) / 16, place * 16
  end
  return result
end

local function combining(name, of)
  return function(...)
    local count = select('#', ...)
    local result = bits_of((...), 1, count, name)
    for i = count, 2, -1 do
      local other = bits_of((select(i, ...)), i, count, name)
      result = combined(result, other, of)
    end
    return signed(result)
  end
end

local function shifting(name, shift)
  return function(...)
    local count = select('#', ...)
    local value, by = ...
    local bits = bits_of(value, 1, count, name)
    by = bits_of(by, 2, count, name) % 32
    return signed(shift(bits, by))
  end
end

local function rotated(bits, by)
  local place = 2 ^ (32 - by)
  return (bits % place) * 2 ^ by + floor(bits / place)
end

bit = {
  band = combining('band', AND), bor = combining('bor', OR), bxor = combining('bxor', XOR),
  lshift = shifting('lshift', function(bits, by) return (bits % 2 ^ (32 - by)) * 2 ^ by end),
  rshift = shifting('rshift', function(bits, by) return floor(bits / 2 ^ by) end),
  arshift = shifting('arshift', function(bits, by) return floor(signed(bits) / 2 ^ by) % HALF end),
  rol = shifting('rol', rotated),
  ror = shifting('ror', function(bits, by) return rotated(bits, (32 - by) % 32) end),
}

function bit.tobit(...)
  local bits = bits_of((...), 1, select('#', ...), 'tobit')
  return signed(bits)
end

function bit.bnot(...)
  local bits = bits_of((...), 1, select('#', ...), 'bnot')
  return signed(HALF - 1 - bits)
end

function bit.bswap(...)
  local bits = bits_of((...), 1, select('#', ...), 'bswap')
  local swapped = 0
  for _ = 1, 4 do
    local one = bits % 256
    swapped, bits = swapped * 256 + one, (bits - one) / 256
  end
  return signed(swapped)
end

function bit.tohex(...)
  local count = select('#', ...)
  local value, wanted = ...
  local bits = bits_of(value, 1, count, 'tohex')
  local digits = 8
  if count > 1 then
    digits = bits_of(wanted, 2, count, 'tohex')
    digits = signed(digits)
  end
  local text = format('%04x%04x', floor(bits / 65536), bits % 65536)
  if digits < 0 then digits, text = -digits, upper(text) end
  return digits >= 8 and text or sub(text, 9 - digits)
end
`;
