import { type Address, DEFAULT_PORT, formatAddress, parseAddress as parseFullAddress } from '../../links/address.js';

export { type Address, formatAddress };
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_ADDRESS = `${DEFAULT_HOST}:${DEFAULT_PORT}`;

/** What an operator types: an address, or a port of this machine as `7380` or `:7380`. Throws OperatorError `usage`. */
export function parseAddress(text: string): Address {
  const port = /^:?(\d{1,5})$/.exec(text.trim())?.[1];
  return parseFullAddress(port === undefined ? text.trim() : `${DEFAULT_HOST}:${port}`);
}
