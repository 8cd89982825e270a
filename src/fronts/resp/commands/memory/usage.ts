import type { Bytes } from '../../../../core/model/bytes.js';
import type { CollectionKind } from '../../collection.js';
import type { Context } from '../../session.js';
import { copyOf, integerOf, isWord, syntaxError } from '../arguments.js';
import { kindOf } from '../collection-kind.js';
import type { CommandDefinition } from '../definition.js';
import { collectionAt } from '../part-deletes.js';
import { inSlices, type Steps } from '../slices.js';

export const memoryUsageCommand: CommandDefinition = {
  name: 'memory|usage',
  arity: -3,
  flags: ['readonly'],
  keys: { first: 2, last: 2, step: 1 },
  needsData: true,
  handle(context, args) {
    const samples = samplesOf(args);
    const { keyspace, session } = context;
    const item = keyspace.get(session.database, args[2]!);
    if (item === undefined) return null;
    const kind = kindOf(item);
    if (kind === undefined) return RECORD_BYTES + args[2]!.length + (item.dump ?? item.value).length;
    return inSlices(weighing(context, copyOf(args[2]!), kind, samples), () => !session.isGone);
  },
};

// ---

/** What a record takes beside key and value: its head, the database, and its place in the index, which is partly empty. */
const RECORD_BYTES = 48;
/** As many as Redis looks at. */
const SAMPLES = 5;
const LOOKS_PER_STEP = 128;

/** How many parts are looked at, for what all of them take; 0: all. */
function samplesOf(args: readonly Bytes[]): number {
  let samples = SAMPLES;
  for (let i = 3; i < args.length; i += 2) {
    if (!isWord(args[i], 'samples') || args[i + 1] === undefined) throw syntaxError();
    samples = Number(integerOf(args[i + 1]!));
    if (samples < 0) throw syntaxError();
  }
  return samples;
}

/** A part is a record of its own, by the key and its name. */
function* weighing({ keyspace, session }: Context, key: Bytes, kind: CollectionKind, samples: number): Steps {
  let [looks, bytes] = [0, 0];
  for (;;) {
    const collection = collectionAt(keyspace, session.database, key, kind);
    if (collection === undefined) return null;
    const { size } = collection;
    const wanted = samples === 0 ? size : Math.min(samples, size);
    for (let i = 0; looks < wanted && i < LOOKS_PER_STEP; i++) {
      const { name, value } = collection.at(Math.floor((looks++ * size) / wanted));
      bytes += RECORD_BYTES + key.length + name.length + value.length;
    }
    if (looks >= wanted) return RECORD_BYTES + key.length + Math.round((bytes / looks) * size);
    yield;
  }
}
