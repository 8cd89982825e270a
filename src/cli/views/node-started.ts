import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { humanBytes } from './text.js';

/** A node that serves: the shape of `--json` for start and join too. */
export interface StartedNode {
  name: string;
  address: string;
  clusterId: string;
  pid: number;
  /** null: memory only. */
  dir: string | null;
  /** null: in the foreground, where the log is on stderr. */
  logFile: string | null;
  detached: boolean;
  /** Names of the other members. */
  members: string[];
  /** It has founded this cluster, and was none of any other's members. */
  founded: boolean;
  /** Bytes that its entries may take; 0: no limit. */
  maxMemory: number;
  eviction: string;
}

export const nodeStartedView: View<StartedNode> = (node, { color }) => {
  const { good, strong, dim, command } = paletteOf(color);
  const members = node.members.length === 0 ? 'the only member' : `together with ${node.members.join(', ')}`;
  const lines = [
    `${good('serving:')} ${strong(node.name)} at ${strong(node.address)}, ${members}`,
    `${dim('data:')}    ${node.dir ?? 'in memory only'}`,
  ];
  if (node.founded) lines.splice(1, 0, `${dim('new:')}     it founded the cluster ${node.clusterId}, with no data`);
  if (node.maxMemory > 0) lines.push(`${dim('memory:')}  at most ${humanBytes(node.maxMemory)}, ${node.eviction}`);
  if (node.detached) {
    lines.push(`${dim('log:')}     ${node.logFile ?? '–'}`, `${dim('pid:')}     ${node.pid}`);
    lines.push(`${dim('stop:')}    ${command(`mneme cluster stop --node ${node.address}`)}`);
  } else {
    lines.push(`${dim('stop:')}    Ctrl-C`);
  }
  return lines.join('\n');
};
