import type { Bytes } from '../../../../core/model/bytes.js';
import { parseInteger } from '../../codec/integer.js';
import { objectSubcommand } from './subcommand.js';

/** In Redis' words, which clients read: how Redis would keep such a value. Here all are kept alike. */
export const objectEncodingCommand = objectSubcommand('encoding', (item) =>
  item.dump === undefined ? encodingOf(item.value) : 'raw',
);

// ---

const INTEGER_BYTES_MAX = 20;
const EMBEDDED_BYTES_MAX = 44;

function encodingOf(value: Bytes): string {
  if (value.length <= INTEGER_BYTES_MAX && parseInteger(value) !== undefined) return 'int';
  return value.length <= EMBEDDED_BYTES_MAX ? 'embstr' : 'raw';
}
