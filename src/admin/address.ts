import { OperatorError } from '../core/errors.js';

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 7379;
export const DEFAULT_ADDRESS = `${DEFAULT_HOST}:${DEFAULT_PORT}`;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Takes `host:port`, `[v6]:port`, `host`, `:port` or a bare port; what is left out comes from the default address. */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*))(?::(\d+))?$/.exec(text.trim());
  if (match === null) throw badAddress(text);
  const [, v6, name = '', portText] = match;
  if (v6 === undefined && portText === undefined && /^\d+$/.test(name)) return at(text, DEFAULT_HOST, Number(name));
  return at(text, v6 ?? (name === '' ? DEFAULT_HOST : name), portText === undefined ? DEFAULT_PORT : Number(portText));
}

export function formatAddress(address: Address): string {
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

function at(text: string, host: string, port: number): Address {
  if (text.trim() === '' || port > 65535) throw badAddress(text);
  return { host, port };
}

function badAddress(text: string): OperatorError {
  return new OperatorError('usage', `"${text}" is not an address`, `write it as host:port, such as ${DEFAULT_ADDRESS}`);
}
