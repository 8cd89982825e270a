import type { Node } from '../../../node/node.js';
import type { IncidentsReply } from '../../protocol/api.js';
import { incidentView } from '../../protocol/facts.js';

export function incidents(node: Node): IncidentsReply {
  const { records } = node.core.status;
  return { incidents: records.incidentList().map((incident) => incidentView(incident, records)) };
}
