import {
  type Address,
  DEFAULT_ADDRESS,
  DEFAULT_HOST,
  formatAddress,
  parseAddress as parseFullAddress,
} from '../../links/address.js';

export { type Address, DEFAULT_ADDRESS, DEFAULT_HOST, formatAddress };

/** What an operator types: an address, or a port of this machine as `7380` or `:7380`. Throws OperatorError `usage`. */
export function parseAddress(text: string): Address {
  const port = /^:?(\d{1,5})$/.exec(text.trim())?.[1];
  return parseFullAddress(port === undefined ? text.trim() : `${DEFAULT_HOST}:${port}`);
}
