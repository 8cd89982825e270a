import { clientKeyOf, type Entry, typeName } from '../../../src/core/model/entry.js';
import { Item, itemOfDump } from './model/item.js';

/** What a Redis holds that has this entry, as the model names it; null: nothing. */
export function stateOfEntry(
  { value, type, expiryMs }: Pick<Entry, 'value' | 'type' | 'expiryMs'>,
  nowMs: number,
): string | null {
  if (value === null || (expiryMs !== 0 && expiryMs <= nowMs)) return null;
  const bytes = Buffer.from(value);
  if (type === undefined) return new Item('string', [bytes.toString('latin1')], expiryMs).state;
  return itemOfDump(bytes, expiryMs)?.state ?? `${typeName(type)} that cannot be read`;
}

export function nameOfKey(key: Uint8Array): string {
  return Buffer.from(clientKeyOf(key)).toString('latin1');
}
