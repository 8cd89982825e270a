import type { DrainReply } from '../../admin/protocol/api.js';
import type { Departure } from '../../operations/cluster/departure.js';
import type { Drained } from '../../operations/cluster/drain.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { paragraph, plural } from './text.js';
import { ago } from './time.js';

/** What forgetting a member would do, to be read before the question. */
export const forgetPlanView: View<Departure> = (plan, { width, color }) => {
  const { strong, warn } = paletteOf(color);
  const heard = plan.lastHeardMs === null ? 'never heard of' : `last heard ${ago(plan.lastHeardMs, plan.nowMs)}`;
  const lines = [
    strong(`Forget ${plan.node} at ${plan.address} (${heard})`),
    paragraph(
      `It is struck off the list of ${plural(plan.remaining.length + 1, 'member')}, for good; ${left(plan)}.`,
      width,
      '  ',
    ),
    paragraph('What was kept for it is released. Writes that only it has are lost to the cluster.', width, '  '),
    paragraph('Should it return, it is refused until it joins anew, which sets its data aside.', width, '  '),
  ];
  if (plan.state !== 'down') lines.push(warn(`  It is not down: it is ${plan.state.replace('-', ' ')}.`));
  return lines.join('\n');
};

/** What leaving would do. */
export const leavePlanView: View<Departure> = (plan, { width, color }) => {
  const { strong, bad } = paletteOf(color);
  const lines = [
    strong(`${plan.node} at ${plan.address} leaves its cluster`),
    paragraph(`It is struck off the list of members, for good; ${left(plan)}. Its process ends.`, width, '  '),
  ];
  for (const { node, lagWrites } of plan.behind) {
    lines.push(bad(paragraph(`${node} still lacks ${plural(lagWrites, 'write')} of what is here.`, width, '  ')));
  }
  return lines.join('\n');
};

/** What draining would do. */
export const drainPlanView: View<DrainReply> = ({ node, address, holders, clients }, { width, color }) => {
  const { strong } = paletteOf(color);
  const served =
    clients.length === 0
      ? 'No client is connected.'
      : `${plural(clients.length, 'client')} connected: it serves on until all have gone.`;
  return [
    strong(`${node} at ${address} is drained`),
    paragraph(served, width, '  '),
    paragraph(
      `Once ${holders.join(', ')} ${holders.length === 1 ? 'has' : 'have'} all that ${node} holds, it is struck off the list of members for good, and its process ends.`,
      width,
      '  ',
    ),
  ].join('\n');
};

export const drainedView: View<Drained> = ({ node, holders }, { color }) => {
  const all = holders.length === 1 ? 'has' : 'have';
  return `${paletteOf(color).good('done:')} ${node} has left; ${holders.join(', ')} ${all} all that it held`;
};

function left({ remaining }: Departure): string {
  return remaining.length === 0
    ? 'no member stays'
    : `${remaining.join(', ')} ${remaining.length === 1 ? 'stays' : 'stay'}`;
}
