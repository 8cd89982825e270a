import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/** Why a request is not answered, and with which code of HTTP. */
export interface Refusal {
  readonly code: number;
  readonly text: string;
}

/**
 * Whether a request came by a name that is this node's. A page of somebody else's can make its own name lead to this machine (DNS
 * rebinding), and then asks as if it were of this origin: but its name is in the request. A numeric address is nobody's name.
 */
export function refusalOfHost(
  { host = '' }: IncomingHttpHeaders,
  isOwnName: (name: string) => boolean,
): Refusal | null {
  const name = /^\[([^\]]*)\](?::\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '');
  if (isIP(name) !== 0 || name === 'localhost' || isOwnName(name)) return null;
  return { code: 421, text: `"${name.slice(0, 100)}" is no name of this node: ask for it by its address` };
}

/**
 * Whether a request was made by this very page, or by somebody who typed its address. Another port of the same machine is the same
 * site to a browser, so that a cookie alone, SameSite as it is, would let its pages ask.
 * @param isChange it must say so: browsers do, of all that is sent by POST
 */
export function refusalOfOrigin(headers: IncomingHttpHeaders, isSecure: boolean, isChange: boolean): Refusal | null {
  const { host = '', origin } = headers;
  const site = headers['sec-fetch-site'];
  const isForeign = site !== undefined && site !== 'same-origin' && (isChange || site !== 'none');
  const isOther = origin !== undefined && origin !== `${isSecure ? 'https' : 'http'}://${host}`;
  const isUnknown = isChange && origin === undefined && site === undefined;
  if (!isForeign && !isOther && !isUnknown) return null;
  return { code: 403, text: 'this is answered to the dashboard of this node alone, not to other pages' };
}
