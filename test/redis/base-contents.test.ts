import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PART, partKey } from '../../src/core/model/parts.js';
import type { Collection } from '../../src/engines/redis/collection-dump.js';
import { ElementMap } from '../../src/engines/redis/element-map.js';
import { idToKey, Ledger } from '../../src/engines/redis/ledger.js';
import { baseOfLarge, collectionIn, type State } from '../../src/engines/redis/state.js';
import { MemoryStorage } from '../core/support/memory-store.js';
import '../fast-check.js';

const ID = '\0hash';
const names = fc.uniqueArray(fc.integer({ min: 0, max: 7 }).map(String), { minLength: 1, maxLength: 4 });
const step = fc.tuple(fc.constantFrom('change', 'change', 'send', 'got', 'not sent', 'read', 'end', 'restart'), names);

/** A node and its Redis, of which the node has the elements `own`, and keeps what its Redis may hold. */
class Situation {
  own: ElementMap | null;
  private readonly storage = new MemoryStorage();
  private ledger = this.open();
  private time = 0;

  constructor(elements: readonly string[]) {
    this.own = this.changed(ElementMap.EMPTY, elements);
    this.ledger.set(ID, { bases: [this.stateOf(this.own)], wanted: true });
  }

  get bases(): readonly State[] {
    return this.ledger.get(ID)!.bases;
  }

  act(what: string, some: readonly string[]): void {
    const [first, last] = [this.bases[0]!, this.bases.at(-1)!];
    const isUnderWay = this.bases.length > 1;
    if (what === 'change') this.change(some);
    if (what === 'send' && !isUnderWay)
      this.ledger.sendingSome(ID, this.stateOf(this.likeOwn(elementsOf(first), some)));
    if (what === 'got' && isUnderWay) this.ledger.gotSome(ID, last);
    if (what === 'not sent' && isUnderWay) this.ledger.wasNotSent(ID);
    if (what === 'read') this.ledger.wasRead(ID, this.stateOf(this.changed(elementsOf(first), some)));
    if (what === 'end' && this.own !== null) {
      this.ledger.changing(ID, null);
      this.own = null;
    }
    if (what === 'restart') this.restart();
  }

  restart(): void {
    this.ledger = this.open();
  }

  private change(some: readonly string[]): void {
    this.ledger.together(() => {
      for (const name of some) this.ledger.changing(ID, partKey(PART.field, idToKey(ID), Buffer.from(name)));
    });
    this.own = this.changed(this.own ?? ElementMap.EMPTY, some);
  }

  private changed(of: ElementMap, some: readonly string[]): ElementMap {
    const edit = of.edit();
    for (const name of some) {
      if (++this.time % 4 === 0 && edit.size > 1) edit.delete(name);
      else edit.set(name, String(this.time));
    }
    return edit.done();
  }

  private likeOwn(of: ElementMap, some: readonly string[]): ElementMap {
    const edit = of.edit();
    for (const name of some) {
      const value = this.own?.get(name);
      if (value === undefined) edit.delete(name);
      else edit.set(name, value);
    }
    return edit.done();
  }

  private stateOf(elements: ElementMap): State {
    return baseOfLarge({ shape: 'field', elements }, 0);
  }

  private open(): Ledger {
    const own = (): Collection | null => (this.own === null ? null : { shape: 'field', elements: this.own });
    return new Ledger(this.storage, () => 0, own);
  }
}

function elementsOf(base: State): ElementMap {
  return collectionIn(base!.content!)!.elements as ElementMap;
}

function contentsOf(bases: readonly State[]): unknown {
  return bases.map((base) => [...collectionIn(base!.content!)!.elements].sort());
}

test('what a large collection may be in Redis is known after a restart, whatever others changed, and whatever was written of it', () => {
  fc.assert(
    fc.property(names, fc.array(step, { maxLength: 30 }), (elements, steps) => {
      const situation = new Situation(elements);
      for (const [what, some] of steps) {
        const before = contentsOf(situation.bases);
        situation.act(what, some);
        if (what === 'restart') expect(contentsOf(situation.bases)).toEqual(before);
      }
      const last = contentsOf(situation.bases);
      situation.restart();
      expect(contentsOf(situation.bases)).toEqual(last);
    }),
  );
});

test('a piece that was written takes its rows along, and the last of many thousand leaves none', () => {
  const storage = new MemoryStorage();
  const edit = ElementMap.EMPTY.edit();
  for (let i = 0; i < 5000; i++) edit.set(`field ${i}`, 'value');
  const own = edit.done();
  const open = (): Ledger =>
    new Ledger(
      storage,
      () => 0,
      () => ({ shape: 'field', elements: own }),
    );
  const ledger = open();
  const one = ElementMap.EMPTY.edit();
  one.set('field 0', 'value');
  ledger.set(ID, { bases: [baseOfLarge({ shape: 'field', elements: one.done() }, 0)], wanted: true });
  const pagesOf = (): number => storage.metaNames('redis/base-of-large/').length;
  expect(pagesOf()).toBe(11);
  for (let pieces = 0; pieces < 9; pieces++) {
    const base = elementsOf(ledger.get(ID)!.bases[0]!).edit();
    let left = 512;
    for (const name of ledger.differing(ID)!) if (left-- > 0) base.set(name, 'value');
    const state = baseOfLarge({ shape: 'field', elements: base.done() }, 0);
    ledger.sendingSome(ID, state);
    ledger.gotSome(ID, state);
  }
  expect(pagesOf()).toBe(2);
  expect([...open().differing(ID)!]).toHaveLength(4999 - 9 * 512);
});
