import type { IncidentRecord } from '../../core/records.js';
import type { Node } from '../../node/node.js';
import type { AdminApi, ResolveReply } from '../api.js';
import { incidentView } from '../facts.js';
import { readStrategy } from '../strategy.js';

export async function resolve(node: Node, request: AdminApi['RESOLVE']['request']): Promise<ResolveReply> {
  const { records } = node.core.context;
  const { strategy, decisions } = readStrategy(request.strategy, node);
  const record = await new Promise<IncidentRecord>((done, reject) => {
    node.core.resolve(strategy, decisions, request.incident ?? null, { resolve: done, reject });
    node.schedule();
  });
  return { incident: incidentView(record, records) };
}
