import type { Prng } from '../sim/prng.js';

/** Texts that decide something somewhere: ends of ranges, lengths, patterns, names. */
const WORDS = [
  ...['', '0', '-1', '1', '15', '16', '255', '4294967295', '2147483648', '9007199254740993', '9223372036854775807'],
  ...['-9223372036854775808', '99999999999999999999', '1e308', 'nan', 'inf', '0x10', ' 1', '+1', 'a*a*a*a*b', '[^]a-'],
  ...[
    '*',
    '?',
    '\\',
    '\0',
    '\r\n',
    '\u{10ffff}',
    'é',
    '__proto__',
    'constructor',
    'toString',
    'keys',
    'nx',
    'EX',
    'GET',
  ],
];

/** A few changes at a few places; now and then none. */
export function mutated(random: Prng, bytes: Buffer): Buffer {
  let result: Buffer = Buffer.from(bytes);
  for (let left = random.between(0, 4); left > 0; left--) result = mutatedOnce(random, result);
  return result;
}

export function word(random: Prng): string {
  if (random.chance(0.6)) return random.pick(WORDS);
  return random.chance(0.5) ? `k${random.between(0, 20)}` : 'x'.repeat(random.between(0, 300));
}

/** Bytes of no meaning. */
export function noise(random: Prng, lengthMax: number): Buffer {
  return Buffer.from(Array.from({ length: random.between(1, lengthMax) }, () => random.between(0, 255)));
}

// ---

function mutatedOnce(random: Prng, bytes: Buffer): Buffer {
  if (bytes.length === 0) return noise(random, 10);
  const at = random.between(0, bytes.length - 1);
  const to = Math.min(bytes.length, at + random.between(1, 40));
  switch (random.between(0, 6)) {
    case 0:
      bytes[at] = random.between(0, 255);
      return bytes;
    case 1:
      bytes[at]! ^= 1 << random.between(0, 7);
      return bytes;
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
    case 4:
      return Buffer.from(bytes.subarray(0, at));
    case 5:
      return Buffer.concat([bytes.subarray(0, at), noise(random, 16), bytes.subarray(at)]);
    default:
      return withNumber(random, bytes, at);
  }
}

/** A length or a count that is not what it was. */
function withNumber(random: Prng, bytes: Buffer, at: number): Buffer {
  if (at + 4 > bytes.length) return bytes;
  bytes.writeUInt32LE(random.pick([0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff]), at);
  return bytes;
}
