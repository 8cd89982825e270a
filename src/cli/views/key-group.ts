import { printable } from './text.js';

/** The beginning that the keys of a group have in common. */
export function groupText({ prefixBase64, database }: { prefixBase64: string; database: number }): string {
  const bytes = Buffer.from(prefixBase64, 'base64');
  const text = bytes.length === 0 ? '(no prefix)' : printable(bytes, true);
  return database === 0 ? text : `${text} (db ${database})`;
}
