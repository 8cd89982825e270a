import type { Bytes } from '../../core/model/bytes.js';

/** "POST" and "Host:" come from a browser that was made to talk to this port; Redis hangs up on them too. */
export function isHttp(name: Bytes): boolean {
  if (name.length !== 4 && name.length !== 5) return false;
  const text = Buffer.from(name).toString('latin1').toLowerCase();
  return text === 'post' || text === 'host:';
}
