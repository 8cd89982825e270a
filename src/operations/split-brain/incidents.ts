import type { AdminClient } from '../../admin/client/client.js';
import type { IncidentView } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';

/** The incident that an operator means: its id, a prefix that only it has, or `latest`. */
export async function findIncident(client: AdminClient, wanted: string): Promise<IncidentView> {
  const { incidents } = await client.call('INCIDENTS', {});
  return matchIncident(incidents, wanted);
}

/** @throws OperatorError `unknown-incident` if none or several fit. Newest first. */
function matchIncident(incidents: readonly IncidentView[], wanted: string): IncidentView {
  const exact = wanted === 'latest' ? incidents[0] : incidents.find((incident) => incident.id === wanted);
  if (exact !== undefined) return exact;
  const found = wanted === '' ? [] : incidents.filter((incident) => incident.id.startsWith(wanted));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const hint = 'mneme split-brain history';
  if (incidents.length === 0) throw new OperatorError('unknown-incident', 'there has been no split-brain so far', hint);
  if (found.length === 0) throw new OperatorError('unknown-incident', `no incident begins with "${wanted}"`, hint);
  const ids = found.map((incident) => incident.id).join(', ');
  throw new OperatorError('unknown-incident', `"${wanted}" fits several incidents: ${ids}`, hint);
}
