import { apartAlready, type Collection, elementsInDump, noteApart } from './collection-dump.js';
import { UnreadableDump } from './dump-reader.js';
import { type ElementEdit, ElementMap, type Elements } from './element-map.js';
import { isLarge, LargeRead } from './large-entry.js';
import { idToKey } from './ledger.js';
import { type Found, isRead } from './reading.js';
import type { Site } from './site.js';
import { inSlices } from './slices.js';

/**
 * Takes large collections that were read apart, in slices, so that who compares them next with what the node has, and with what Redis held
 * before, has to look at what differs alone: all of it shares what is the same.
 */
export async function prepare(site: Site, ids: readonly string[], reads: readonly Found[]): Promise<void> {
  for (const [i, id] of ids.entries()) {
    const read = reads[i];
    if (read === undefined || !isRead(read)) continue;
    const isApart = read instanceof LargeRead;
    if (!isApart && !isLong(site, read.value)) continue;
    const key = idToKey(id);
    await site.store.prepare(key, site.ports);
    for (const { content } of site.ledger.get(id)?.bases.map((base) => base ?? NOTHING) ?? [])
      if (Buffer.isBuffer(content)) await takeApart(site, key, content);
    if (!isApart) await takeApart(site, key, read.value);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const NOTHING: { readonly content?: Buffer | Collection } = {};

/** An element takes two bytes at least. */
function isLong({ ports }: Site, value: Buffer): boolean {
  return value.length > 2 * ports.slices.from;
}

async function takeApart(site: Site, key: Uint8Array, dump: Buffer): Promise<void> {
  if (apartAlready(dump) !== undefined) return;
  const own = site.store.collectionAt(key);
  try {
    const read = elementsInDump(dump);
    if (read === null) return;
    const of = isLarge(own) && own.shape === read.shape ? own.elements : ElementMap.EMPTY;
    const elements = await likeOf(site, of, () => elementsInDump(dump)!.elements);
    if (elements !== null && elements.size >= site.ports.slices.from) noteApart(dump, { shape: read.shape, elements });
  } catch (error) {
    if (!(error instanceof UnreadableDump || error instanceof RangeError)) throw error;
  }
}

/** A map of what is read, made of another one: null: a name comes twice. */
async function likeOf(
  site: Site,
  of: ElementMap,
  read: () => Iterable<readonly [name: string, value: string]>,
): Promise<ElementMap | null> {
  const edit = of.edit();
  let [count, added] = [0, 0];
  await inSlices(site.ports, read(), ([name, value]) => {
    const had = of.get(name);
    if (had !== value) edit.set(name, value);
    if (had === undefined) added++;
    count++;
  });
  if (of.size + added > count) await removeOthers(site, edit, of, read());
  return edit.size === count ? edit.done() : null;
}

async function removeOthers(
  site: Site,
  edit: ElementEdit,
  of: ElementMap,
  read: Iterable<readonly [name: string, value: string]>,
): Promise<void> {
  const names = ElementMap.EMPTY.edit();
  await inSlices(site.ports, read, ([name]) => names.set(name, ''));
  const there: Elements = names.done();
  await inSlices(site.ports, of.keys(), (name) => {
    if (!there.has(name)) edit.delete(name);
  });
}
