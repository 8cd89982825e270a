import { types } from 'node:util';

/** Whether something thrown is an Error, of this realm or another. */
export function isError(thrown: unknown): thrown is Error & { code?: string } {
  return types.isNativeError(thrown);
}

/** What something thrown says. */
export function errorText(thrown: unknown): string {
  return isError(thrown) ? thrown.message : String(thrown);
}
