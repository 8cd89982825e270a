import { PolicyTextError, readPolicy } from '../../../core/model/policy-text.js';
import type { RecordReader } from '../../../core/node-status.js';
import type { Node } from '../../../node/node.js';
import type { SettingsReply } from '../../protocol/api.js';
import { requireQuorum } from '../../protocol/quorum.js';
import { replicaOfName } from '../strategy.js';

export function settings(node: Node): SettingsReply {
  return { ...node.core.status.records.settings() };
}

/** Who counts as down, and what a minority may do: these decide what a quorum is good for. */
const RULES = ['partition-mode', 'failure-timeout'];

export function set(node: Node, request: { key: string; value: string; force?: string }): SettingsReply {
  const { key, value, force } = request;
  const isRule = RULES.includes(key);
  if (isRule) {
    const command = `mneme cluster settings ${key} ${value} --node ${node.core.status.self.address}`;
    requireQuorum(node, `To change ${key}`, command, force);
  }
  if (key === 'on-heal') expectMembers(String(value), node.core.status.records);
  if (isRule) node.core.operator.changeRule(key, String(value));
  else node.core.operator.changeSetting(key, String(value));
  return settings(node);
}

/** Whom a policy prefers should be known now, and not at three in the morning. @throws OperatorError `unknown-node` */
function expectMembers(onHeal: string, records: RecordReader): void {
  try {
    readPolicy(onHeal, (name) => replicaOfName(name, records));
  } catch (error) {
    // What is no policy is refused with what the setting takes.
    if (!(error instanceof PolicyTextError)) throw error;
  }
}
