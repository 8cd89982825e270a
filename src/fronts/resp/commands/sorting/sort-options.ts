import type { Bytes } from '../../../../core/model/bytes.js';
import type { Identity } from '../../access/identity.js';
import { RespError } from '../../keyspace.js';
import { integerOf, isWord, syntaxError } from '../arguments.js';
import { isItself, Pattern } from './pattern.js';

export interface SortOptions {
  isDescending: boolean;
  isAlphabetic: boolean;
  /** How many elements of the result are left out, and how many are wanted then; negative: all. */
  offset: number;
  count: number;
  /** Where to look for what is compared; 'element': at the element itself; 'nothing': the order stays as it is. */
  by: Pattern | 'element' | 'nothing';
  /** What is told of each element, in turn. Empty: the element itself. */
  readonly get: (Pattern | 'element')[];
  /** The key to store the result at; null: it is told. */
  store: Bytes | null;
}

/** Reads the options of SORT and SORT_RO. */
export function readSortOptions(args: readonly Bytes[], mayStore: boolean, identity: Identity | null): SortOptions {
  const options: SortOptions = {
    ...{ isDescending: false, isAlphabetic: false, offset: 0, count: -1 },
    ...{ by: 'element', get: [], store: null },
  };
  for (let i = 2; i < args.length; i++) {
    const left = args.length - 1 - i;
    if (isWord(args[i], 'asc')) options.isDescending = false;
    else if (isWord(args[i], 'desc')) options.isDescending = true;
    else if (isWord(args[i], 'alpha')) options.isAlphabetic = true;
    else if (isWord(args[i], 'limit') && left >= 2) {
      options.offset = Number(integerOf(args[++i]!));
      options.count = Number(integerOf(args[++i]!));
    } else if (isWord(args[i], 'by') && left >= 1) options.by = byOf(args[++i]!, identity);
    else if (isWord(args[i], 'get') && left >= 1) options.get.push(getOf(args[++i]!, identity));
    else if (mayStore && isWord(args[i], 'store') && left >= 1) options.store = args[++i]!;
    else throw syntaxError();
  }
  return options;
}

// ---

function byOf(text: Bytes, identity: Identity | null): SortOptions['by'] {
  const pattern = Pattern.of(text);
  if (pattern === null) return 'nothing';
  refuseOthersKeys('BY', identity);
  return pattern;
}

/** A pattern without a place for the element is that of no key. */
function getOf(text: Bytes, identity: Identity | null): SortOptions['get'][number] {
  if (isItself(text)) return 'element';
  refuseOthersKeys('GET', identity);
  return Pattern.of(text) ?? Pattern.OF_NOTHING;
}

/** The keys are made of what is in the collection: nobody sees beforehand which they will be. */
function refuseOthersKeys(option: string, identity: Identity | null): void {
  if (identity !== null && identity.prefix === null) return;
  throw new RespError(`ERR ${option} option of SORT denied due to insufficient ACL permissions`);
}
