import type { TopLook } from '../../operations/cluster/top.js';
import type { Of } from '../shapes/shape.js';
import type * as shapes from '../shapes/top.js';
import { textOfBase64 } from './bytes.js';
import { incidentJson } from './incidents.js';
import { whoOfStatus } from './members.js';

export function topJson(look: TopLook): Of<typeof shapes.top> {
  const who = whoOfStatus(look);
  const { state, healthy, headline, clusterId, asked, nowMs } = look;
  return {
    ...{ state, healthy, headline, clusterId, asked: who(asked), nowMs },
    members: look.members.map((member) => {
      const {
        name,
        replica,
        address,
        state: seen,
        answers,
        island,
        entries,
        lagWrites,
        clients,
        reads,
        writes,
      } = member;
      const facts = { name, replica, address, state: seen, answers, island, entries, lagWrites, clients };
      return { ...facts, readsPerSecond: reads, writesPerSecond: writes };
    }),
    hot: look.hot.map(({ node, replica, database, prefixBase64, reads, writes }) => ({
      ...{ node: { name: node, replica }, database, prefix: textOfBase64(prefixBase64), prefixBase64 },
      ...{ readsPerSecond: reads, writesPerSecond: writes },
    })),
    incidents: look.incidents.map(({ conflicts, ...incident }) => ({ incident: incidentJson(incident), conflicts })),
  };
}
