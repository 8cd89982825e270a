import { connect, type Socket } from 'node:net';
import type { Trust } from '../../links/trust.js';
import { formatAddress } from '../protocol/address.js';
import { TimedOut } from './timed-out.js';

let ours: Trust | null = null;

/** What this process, which runs one command, shows to nodes, and wants to be shown; null: nothing. */
export function setTrust(trust: Trust | null): void {
  ours = shown(trust);
}

export function trustInUse(): Trust | null {
  return ours;
}

/** null: there is nothing to show. */
export function shown(trust: Trust | null): Trust | null {
  return trust === null || (trust.secret === null && trust.tls === null) ? null : trust;
}

/** A connection to a node, over which commands can be sent at once. Rejects with the error of the socket, or when it is not up in time. */
export async function dialNode(
  host: string,
  port: number,
  timeoutMs: number,
  trust: Trust | null = ours,
): Promise<Socket> {
  return trust === null ? dialPlainly(host, port, timeoutMs) : dialTrusted(trust, host, port, timeoutMs);
}

// ---

function dialPlainly(host: string, port: number, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const late = setTimeout(() => socket.destroy(new TimedOut(timeoutMs)), timeoutMs);
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(late));
    socket.once('connect', () => {
      clearTimeout(late);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** That code is loaded where it is used: most commands do without it. */
async function dialTrusted(trust: Trust, host: string, port: number, timeoutMs: number): Promise<Socket> {
  const { openSocket, connectPlainly } = await import('../../links/open-socket.js');
  return new Promise((resolve, reject) => {
    const target = { host, port };
    const opening = { target, purpose: 'client', trust, replica: null, timeoutMs, connectTo: connectPlainly } as const;
    openSocket(opening, (result) => {
      if (!(result instanceof Error)) return resolve(result.socket);
      const { code, message } = result;
      const reason = message.replace(`cannot connect to ${formatAddress(target)}: `, '');
      reject(code === 'ETIMEDOUT' ? new TimedOut(timeoutMs) : Object.assign(new Error(reason), { code }));
    });
  });
}
