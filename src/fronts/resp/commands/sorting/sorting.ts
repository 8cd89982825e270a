import { type Bytes, compareBytes } from '../../../../core/model/bytes.js';
import type { Reply } from '../../codec/reply.js';
import { replyInPieces } from '../../codec/reply-writer.js';
import type { CollectionKind } from '../../collection.js';
import { RespError } from '../../keyspace.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf } from '../arguments.js';
import { kindOf } from '../collection-kind.js';
import { collectionAt } from '../part-deletes.js';
import type { Steps } from '../slices.js';
import { sortInSteps } from './merge-sort.js';
import { numberOf } from './number.js';
import type { SortOptions } from './sort-options.js';

/** Sets and sorted sets are sorted; a missing key is an empty list. undefined: there is nothing to sort. */
export function sortableKind({ keyspace, session }: Context, key: Bytes): 'set' | 'zset' | undefined {
  const item = keyspace.get(session.database, key);
  if (item === undefined) return undefined;
  const kind = kindOf(item);
  if (kind === 'set' || kind === 'zset') return kind;
  if (item.dump !== undefined) throw new RespError('ERR this node does not sort, it passes such values on');
  throw new RespError('WRONGTYPE Operation against a key holding the wrong kind of value');
}

/** Replies with the elements at a key as they are wanted. */
export function sortAt(
  context: Context,
  key: Bytes,
  kind: 'set' | 'zset' | undefined,
  options: SortOptions,
): Reply | Promise<Reply> {
  if (kind === undefined) return [];
  const steps = sorting(context, copyOf(key), kind, options);
  return alone(
    context,
    steps,
    () => {},
    () => !context.session.isGone,
  );
}

// ---

function* sorting(context: Context, key: Bytes, kind: 'set' | 'zset', options: SortOptions): Steps {
  const { isDescending, offset, count } = options;
  const elements = yield* kind === 'zset' && options.by === 'nothing'
    ? ranked(context, key, isDescending)
    : gathered(context, key, kind);
  const sorted = options.by === 'nothing' ? elements : yield* inOrder(context, elements, options);
  const start = Math.max(0, offset);
  return yield* telling(context, count < 0 ? sorted.slice(start) : sorted.slice(start, start + count), options.get);
}

const ELEMENTS_PER_STEP = 128;

function* gathered(context: Context, key: Bytes, kind: CollectionKind): Generator<undefined, Bytes[]> {
  const { keyspace, session, hold } = context;
  const elements: Bytes[] = [];
  for (let cursor = 0; ; yield) {
    const scanned = collectionAt(keyspace, session.database, key, kind)?.scan(cursor, ELEMENTS_PER_STEP);
    for (const { name } of scanned?.parts ?? []) elements.push(name);
    hold(elements.length * ELEMENT_BYTES);
    cursor = scanned?.next ?? 0;
    if (cursor === 0) return elements;
  }
}

/** About what an element takes beside its bytes, while it is sorted. */
const ELEMENT_BYTES = 200;

function* ranked({ keyspace, session }: Context, key: Bytes, isDescending: boolean): Generator<undefined, Bytes[]> {
  const elements: Bytes[] = [];
  for (let rank = 0; ; yield) {
    const zset = keyspace.collection(session.database, key, 'zset');
    const end = Math.min(zset?.size ?? 0, rank + ELEMENTS_PER_STEP);
    if (zset === undefined || rank >= end) return isDescending ? elements.reverse() : elements;
    for (; rank < end; rank++) elements.push(zset.atRank(rank).name);
  }
}

interface Weighed {
  readonly element: Bytes;
  readonly number: number;
  /** undefined: there is nothing to compare it by. */
  readonly text: Bytes | undefined;
}

function* inOrder(context: Context, elements: readonly Bytes[], options: SortOptions): Generator<undefined, Bytes[]> {
  const { by, isAlphabetic, isDescending } = options;
  const weighed: Weighed[] = [];
  for (const element of elements) {
    const text = by instanceof Object ? by.lookUp(context, element) : element;
    weighed.push({ element, text, number: isAlphabetic || text === undefined ? 0 : numberOf(text) });
    if (weighed.length % ELEMENTS_PER_STEP === 0) yield;
  }
  const compare = isAlphabetic ? byText : byNumber;
  const sorted = yield* sortInSteps(weighed, isDescending ? (a, b) => compare(b, a) : compare);
  return sorted.map(({ element }) => element);
}

/** Equal numbers are in the order of the elements' bytes. */
function byNumber(a: Weighed, b: Weighed): number {
  if (a.number !== b.number) return a.number < b.number ? -1 : 1;
  return compareBytes(a.element, b.element);
}

/** What has nothing to be compared by comes first. */
function byText(a: Weighed, b: Weighed): number {
  if (a.text === undefined || b.text === undefined) return Number(a.text !== undefined) - Number(b.text !== undefined);
  return compareBytes(a.text, b.text);
}

function* telling(context: Context, elements: readonly Bytes[], get: SortOptions['get']): Steps {
  const { session, hold } = context;
  const out = replyInPieces();
  out.protocol = session.protocol;
  const wanted = get.length === 0 ? (['element'] as const) : get;
  out.array(elements.length * wanted.length);
  let told = 0;
  for (const element of elements) {
    for (const what of wanted) {
      const value = what === 'element' ? element : what.lookUp(context, element);
      if (value === undefined) out.null();
      else out.bulk(value);
      if (++told % ELEMENTS_PER_STEP > 0) continue;
      hold(elements.length * ELEMENT_BYTES + out.length);
      yield;
    }
  }
  return { kind: 'encoded', chunks: out.take() };
}
