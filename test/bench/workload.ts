/** What is written and read, the same for all loads and for redis-benchmark. */

export const CONNECTIONS = 50;
export const VALUE_BYTES = 100;

/** The key that redis-benchmark knows by this number. */
export function keyText(index: number): string {
  return `key:${String(index).padStart(12, '0')}`;
}

/** 100 bytes that tell which write they come from. */
export function valueText(index: number, mark = 'x'): string {
  return `${mark}:${index}:`.padEnd(VALUE_BYTES, 'x');
}

export function encode(...args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`;
}

export function encodeSet(key: string, value: string): string {
  return `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`;
}

/**
 * All numbers below `count`, each once, scattered: neighbours are written far apart in time, as by real clients. A step
 * that has no divisor in common with `count` visits them all.
 */
export function scattered(count: number): (index: number) => number {
  let step = Math.max(1, Math.floor(count * 0.6180339887));
  while (divisor(step, count) !== 1) step++;
  return (index) => (index * step) % count;
}

// ---

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
