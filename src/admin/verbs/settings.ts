import type { Node } from '../../node/node.js';
import type { SettingsReply } from '../api.js';

export function settings(node: Node): SettingsReply {
  return { ...node.core.context.records.settings() };
}

export function set(node: Node, request: { key: string; value: string }): SettingsReply {
  node.core.context.records.putSetting(request.key, String(request.value));
  return settings(node);
}
