/** Reads `$<digits> CR LF <bytes> CR LF`, and writes where the bytes are and how many. Returns what follows; 0: it is not that. */
export function argument(from: usize, end: usize, place: usize): usize {
  if (from + 4 > end || load<u8>(from) !== 0x24) return 0;
  let at = from + 1;
  let length: u32 = 0;
  let last = from + 6;
  if (end - 2 < last) last = end - 2;
  for (; at <= last; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) break;
    length = length * 10 + digit;
  }
  if (at === from + 1 || at > last || load<u16>(at) !== 0x0a0d) return 0;
  if (load<u8>(from + 1) === 0x30 && at !== from + 2) return 0;
  if (at + 2 + length + 2 > end) return 0;
  store<u32>(place, <u32>(at + 2));
  store<u32>(place, length, 4);
  return at + length + 4;
}

/** So many digits are a whole number of which the double is exact. */
const DIGITS_MAX: u32 = 15;

/** The number of a text of digits alone, perhaps behind a minus, and of no more than 15; NaN: it is not that. */
export function shortNumber(at: usize, length: u32): f64 {
  const isNegative = length > 0 && load<u8>(at) === 0x2d;
  const from: u32 = isNegative ? 1 : 0;
  if (length === from || length > from + DIGITS_MAX) return NaN;
  let number: i64 = 0;
  for (let i: usize = from; i < length; i++) {
    const digit = <u32>load<u8>(at + i) - 0x30;
    if (digit > 9) return NaN;
    number = number * 10 + digit;
  }
  return <f64>(isNegative ? -number : number);
}
