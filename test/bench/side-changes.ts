import { withPipeline } from './pipeline.js';
import { encode, encodeSet, keyText, valueText } from './workload.js';

/** Numbers of keys in one DEL. */
const KEYS_PER_DELETE = 100;

/**
 * The keys that the changes `from` to `upto` of `total` concern, as numbers: spread evenly over the base; where there are
 * more changes than entries, the base and then new keys.
 */
export function changedKeys(base: number, total: number, from: number, upto: number): number[] {
  const keys: number[] = [];
  for (let i = from; i < upto; i++) keys.push(total <= base ? Math.floor((i * base) / total) : i);
  return keys;
}

export function writeKeys(port: number, keys: readonly number[], mark: string): Promise<void> {
  return withPipeline(port, (pipeline) =>
    pipeline.run(keys.length, (i) => encodeSet(keyText(keys[i]!), valueText(keys[i]!, mark))),
  );
}

export function deleteKeys(port: number, keys: readonly number[]): Promise<void> {
  const commands = Math.ceil(keys.length / KEYS_PER_DELETE);
  const some = (i: number): string[] => keys.slice(i * KEYS_PER_DELETE, (i + 1) * KEYS_PER_DELETE).map(keyText);
  return withPipeline(port, (pipeline) => pipeline.run(commands, (i) => encode('DEL', ...some(i))));
}

/** Reads these keys at all ports and fails if one value is missing, or differs. */
export async function expectEqual(ports: readonly number[], keys: readonly number[]): Promise<void> {
  const all = await Promise.all(ports.map((port) => valuesAt(port, keys)));
  for (const [i, index] of keys.entries()) {
    const values = all.map((one) => one[i]);
    const isEqual = values[0] !== null && values.every((value) => value === values[0]);
    if (!isEqual) throw new Error(`${keyText(index)} differs: ${values.join(' and ')}`);
  }
}

// ---

async function valuesAt(port: number, keys: readonly number[]): Promise<(string | null)[]> {
  const values: (string | null)[] = new Array(keys.length);
  await withPipeline(port, (pipeline) =>
    pipeline.read(
      keys.length,
      (i) => keyText(keys[i]!),
      (i, value) => {
        values[i] = value;
      },
    ),
  );
  return values;
}
