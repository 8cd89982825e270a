import type { BusyMember, TopLook } from '../../src/operations/cluster/top.js';
import { base64, incident, NOW_MS, replicaId } from './fixtures.js';

/** What is seen at the `at`th look at a cluster of so many members, of which the last is down. */
export function topLook(count: number, at: number): TopLook {
  const members = Array.from({ length: count }, (_, i) => member(i, at, i === count - 1));
  return {
    ...{ state: 'node-down', healthy: false, headline: 'm is down', clusterId: 'c0ffee', asked: 'm00' },
    ...{ nowMs: NOW_MS + 1000 * at, members },
    hot: members
      .filter(({ answers }) => answers)
      .flatMap(({ name, replica }, i) => [
        { node: name, replica, prefixBase64: base64('session:'), database: 0, reads: 1234 * (i + 1), writes: 12.3 },
        { node: name, replica, prefixBase64: base64('日本:'), database: 15, reads: 0.4, writes: 0 },
        { node: name, replica, prefixBase64: '', database: 0, reads: 0, writes: 3 },
      ]),
    incidents: [{ ...incident(), conflicts: 17 }],
  };
}

function member(i: number, at: number, isDown: boolean): BusyMember {
  const name = `m${String(i).padStart(2, '0')}`;
  const busy = isDown
    ? { clients: null, reads: null, writes: null }
    : { clients: 12, reads: at === 0 ? null : 1000 * i * (at % 7), writes: at === 0 ? null : 37 * (at % 5) };
  return {
    ...{ name, address: `10.0.0.${i}:7379`, replica: replicaId(name), memoryOnly: false, stateSinceMs: 5000 },
    ...{ state: i === 0 ? 'serving' : isDown ? 'down' : 'in-sync', answers: !isDown, island: isDown ? null : 1 },
    ...{ entries: isDown ? null : 1_234_567, lagWrites: i === 0 ? 0 : 13 * (at % 4), clockSkewMs: 0 },
    ...{ lastHeardMs: NOW_MS, joinProgress: null, version: null, nodeVersion: null, ...busy },
  } as BusyMember;
}
