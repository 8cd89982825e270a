import type { Socket } from 'node:net';

/** The other end of a socket, as Redis writes it. */
export function remoteOf(socket: Socket): string {
  return addressText(socket.remoteAddress, socket.remotePort);
}

/** This end. */
export function localOf(socket: Socket): string {
  return addressText(socket.localAddress, socket.localPort);
}

// ---

/** An IPv6 address in brackets. */
function addressText(address = '?', port = 0): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
