import type { KeyName, PartFacts } from '../../admin/protocol/api.js';
import { textOf } from '../../operations/common/text-bytes.js';

/** Text for people and scripts; null where the bytes are not valid UTF-8. The base64 always stands beside it. */
export function textOfBase64(base64: string): string | null {
  return textOf(Buffer.from(base64, 'base64'));
}

/** As text what may have been cut in the middle of a character: that character is left out. */
export function beginningOfBase64(base64: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, 'base64'), {
      stream: true,
    });
  } catch {
    return null;
  }
}

/** A key as it is shown wherever there is one. */
export function keyJson({ database, keyBase64, part }: KeyName) {
  return { database, key: textOfBase64(keyBase64), keyBase64, part: part === undefined ? null : partJson(part) };
}

/** Of a count the name is that of the member that added it. */
function partJson({ kind, nameBase64, node }: PartFacts) {
  return { kind, name: node ?? textOfBase64(nameBase64), nameBase64 };
}
