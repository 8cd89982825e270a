import type { EngineView, StatusReply } from '../../admin/protocol/api.js';
import type { Named } from '../../operations/common/named.js';
import { humanBytes } from '../../operations/common/sizes.js';
import type { Page, View } from '../page.js';
import { commandLine } from './next-step.js';
import { paletteOf } from './palette.js';
import { paragraph } from './text.js';

/** A node that serves. */
export interface StartedNode {
  name: string;
  replica: string;
  address: string;
  clusterId: string;
  pid: number;
  /** Of mneme, and of its Node.js. */
  version: string;
  nodeVersion: string;
  /** null: memory only. */
  dir: string | null;
  /** null: in the foreground, where the log is on stderr. */
  logFile: string | null;
  detached: boolean;
  /** serving, or what refuses writes: read-only, no-quorum. */
  state: StatusReply['self']['state'];
  /** The other members in sight. */
  members: readonly Named[];
  /** Those that it does not hear. */
  missing: readonly Named[];
  /** It has founded this cluster, and was none of any other's members. */
  founded: boolean;
  /** Settings that were asked for to found a cluster, and that the one it came to has otherwise. */
  settingsKept: { key: string; asked: string; value: string }[];
  /** The Redis beside it; null: none. */
  redis: Pick<EngineView, 'redis' | 'state' | 'problem'> | null;
  /** Bytes that its entries may take; 0: no limit. */
  maxMemory: number;
  eviction: 'noeviction' | 'allkeys-lru' | 'volatile-ttl';
}

export const nodeStartedView: View<StartedNode> = (node, page) => {
  const { good, strong, dim, bad } = paletteOf(page.color);
  const lines = [
    `${good('serving:')} ${strong(node.name)} at ${strong(node.address)}, ${companyOf(node)}`,
    `${dim('data:')}    ${node.dir ?? 'in memory only'}`,
  ];
  if (node.state === 'no-quorum' || node.state === 'read-only') {
    const why = node.state === 'no-quorum' ? 'no majority of the members is in sight' : 'the disk takes none';
    lines.splice(1, 0, `${bad('writes:')}  refused: ${why} (mneme cluster status)`);
  }
  if (node.founded) lines.splice(1, 0, `${dim('new:')}     it founded the cluster ${node.clusterId}, with no data`);
  if (node.redis !== null) lines.push(...redisLines(node.redis, node.address, page));
  for (const { key, asked, value } of node.settingsKept) {
    lines.push(`${dim('kept:')}    ${key} is ${value} in this cluster, which was there before; for ${asked}:`);
    lines.push(commandLine('         ', `mneme cluster settings ${key} ${asked} --node ${node.address}`, page));
  }
  if (node.maxMemory > 0) lines.push(`${dim('memory:')}  at most ${humanBytes(node.maxMemory)}, ${node.eviction}`);
  if (node.detached) {
    lines.push(`${dim('log:')}     ${node.logFile ?? '–'}`, `${dim('pid:')}     ${node.pid}`);
    lines.push(commandLine('stop:    ', `mneme cluster stop --node ${node.address}`, page));
  } else {
    lines.push(`${dim('stop:')}    Ctrl-C`);
  }
  return lines.join('\n');
};

/** A node serves without its Redis as well, so that has to be said. */
function redisLines(
  { redis, state, problem }: NonNullable<StartedNode['redis']>,
  address: string,
  page: Page,
): string[] {
  const { dim, bad } = paletteOf(page.color);
  if (state === 'attached' || state === 'scanning') return [`${dim('redis:')}   ${redis}`];
  const text = `not attached to ${redis} yet${problem === null ? '' : `: ${problem}`}`;
  const indent = '         ';
  const lines = paragraph(text, page.width, indent).slice(indent.length);
  return [`${bad('redis:')}   ${lines}`, commandLine(indent, `mneme engine status --node ${address}`, page)];
}

function companyOf({ members, missing }: StartedNode): string {
  const absent = missing.length === 0 ? '' : `${namesOf(missing)} not in sight`;
  if (members.length === 0) return absent === '' ? 'the only member' : `alone: ${absent}`;
  return `together with ${namesOf(members)}${absent === '' ? '' : `; ${absent}`}`;
}

function namesOf(members: readonly Named[]): string {
  return members.map(({ name }) => name).join(', ');
}
