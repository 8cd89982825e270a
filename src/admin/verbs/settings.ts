import type { Node } from '../../node/node.js';
import type { SettingsReply } from '../api.js';
import { requireQuorum } from '../quorum.js';

export function settings(node: Node): SettingsReply {
  return { ...node.core.context.records.settings() };
}

/** Who counts as down, and what a minority may do: these decide what a quorum is good for. */
const RULES = ['partition-mode', 'failure-timeout'];

export function set(node: Node, request: { key: string; value: string; force?: string }): SettingsReply {
  const { key, value, force } = request;
  const isRule = RULES.includes(key);
  if (isRule) {
    const command = `mneme cluster settings ${key} ${value} --node ${node.core.context.self.address}`;
    requireQuorum(node, `To change ${key}`, command, force);
  }
  if (isRule) node.core.changeRule(key, String(value));
  else node.core.context.records.putSetting(key, String(value));
  return settings(node);
}
