import { isIPv4, isIPv6 } from 'node:net';
import { OperatorError } from '../core/model/errors.js';

export const DEFAULT_PORT = 7379;
export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_ADDRESS = `${DEFAULT_HOST}:${DEFAULT_PORT}`;

/** Where a node listens. The host is a name, an IPv4 address, or an IPv6 address without brackets. */
export interface Address {
  readonly host: string;
  /** 0 to 65535; 0 leaves the choice to the system and makes sense for listening only. */
  readonly port: number;
}

/** Labels of letters, digits, `-` and `_`, with dots between them; a dot at the end is allowed. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$/i;
const ONLY_NUMBERS = /^[0-9.]+$/;

/**
 * Reads `host`, `host:port`, `[ipv6]`, `[ipv6]:port` or a bare IPv6 address. Throws OperatorError `usage` for all else,
 * so that a typing error is told at once and not after a name look-up.
 */
export function parseAddress(text: string, defaultPort = DEFAULT_PORT): Address {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text);
  if (parts === null) {
    if (isIPv6(text)) return { host: text, port: defaultPort };
    throw nonsense(text, 'it is not of the form host:port');
  }
  const [, bracketed, plain, port] = parts;
  if (bracketed !== undefined && !isIPv6(bracketed)) throw nonsense(text, 'no IPv6 address in the brackets');
  if (plain !== undefined && !isHost(plain)) throw nonsense(text, 'its host is neither a name nor an IP address');
  return { host: bracketed ?? plain ?? '', port: port === undefined ? defaultPort : parsePort(text, port) };
}

/** The inverse of {@link parseAddress}: the port is always there, and IPv6 addresses have brackets. */
export function formatAddress(address: Address): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

// -----------------------------------------------------------------------------------------------

function isHost(host: string): boolean {
  return ONLY_NUMBERS.test(host) ? isIPv4(host) : HOST_NAME.test(host);
}

function parsePort(text: string, digits: string): number {
  if (!/^[0-9]{1,5}$/.test(digits) || Number(digits) > 65535) throw nonsense(text, 'its port is not from 0 to 65535');
  return Number(digits);
}

function nonsense(text: string, why: string): OperatorError {
  return new OperatorError(
    'usage',
    `${JSON.stringify(text)} is not an address: ${why}`,
    `write it as host:port, such as 127.0.0.1:${DEFAULT_PORT} or [::1]:${DEFAULT_PORT}`,
  );
}
