import { ask, type Member } from './cluster.js';
import { until } from './probes.js';

/** Short, so that a cut is soon noticed; then the default. Milliseconds. */
export const TIMEOUTS = { cut: 500, otherwise: 5000 } as const;

/** The last of three members from the others; all count each other as down. */
export async function cut(members: readonly Member[]): Promise<void> {
  const [a, b, c] = members as [Member, Member, Member];
  await ask(members, 'SET', { key: 'failure-timeout', value: String(TIMEOUTS.cut) });
  const others = [a, b].map(({ node }) => node.name);
  await Promise.all([
    c.admin.call('DRILL', { cut: others }),
    ...[a, b].map(({ admin }) => admin.call('DRILL', { cut: [c.node.name] })),
  ]);
  await until('all see the cut', async () => {
    const replies = await ask(members, 'STATUS', {});
    return replies.every((status) => status.members.some((one) => one.link === 'down'));
  });
  await ask(members, 'SET', { key: 'failure-timeout', value: String(TIMEOUTS.otherwise) });
}

export function untilSplitBrainIsFound({ admin }: Member): Promise<void> {
  return until('the split-brain is found', async () => (await admin.call('STATUS', {})).incidents.length > 0, {
    pollMs: 10,
  });
}
