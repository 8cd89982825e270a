import type { NextStep } from '../core/model/next-step.js';
import { advice } from './advice.js';

/** What to do next, in words: of the core's codes here, of outer rooms as they wrote it. */
export function nextText(next: string | NextStep | null): string | null {
  if (next === null || typeof next === 'string') return next;
  const word = WORDS[next.code] as (step: NextStep) => string;
  return word(next);
}

type Words = { readonly [Code in NextStep['code']]: (step: Extract<NextStep, { code: Code }>) => string };

const WORDS: Words = {
  'see-status': () => 'mneme cluster status',
  'see-split-brain': () => 'mneme split-brain status',
  'see-history': () => 'mneme split-brain history',
  'see-settings': () => 'mneme cluster settings',
  'see-versions': () =>
    advice(
      'mneme doctor versions',
      'Until then nothing is exchanged between the two; each keeps what the other misses.',
    ),
  'plan-again': () => 'mneme split-brain plan',
  'plan-at': ({ address }) => `mneme split-brain plan --node ${address}`,
  'more-room': ({ limit, wanted, node }) =>
    advice(
      'mneme split-brain history',
      `Start ${node} with more room: mneme cluster start --limit ${limit === 'entries' ? 'set-aside' : 'set-aside-memory'}=${wanted}. Or wait until what is set aside has been kept for its time.`,
    ),
  'check-clock': () => advice('timedatectl', 'If the machine is right and the node is not, start the node anew.'),
  'check-lead': () =>
    advice(
      'timedatectl',
      "If that time is wrong: mneme cluster join ADDRESS --set-aside-data takes another member's copy.",
    ),
  'compare-clocks': ({ member }) => advice(`mneme replica inspect ${member}`, 'Check the clocks of both machines.'),
  'see-member': ({ member }) => advice(`mneme replica inspect ${member}`, `Look into the log of ${member} too.`),
  'end-stranger': ({ address, member, own }) =>
    advice(
      `mneme cluster stop --node ${address}`,
      `Then ${member === null ? '' : `mneme cluster forget ${member}, and `}there: mneme cluster join ${own} --set-aside-data`,
    ),
  'end-instance': ({ original }) =>
    `Stop the one that is not wanted. To have both: mneme cluster join ${original} --name ANOTHER --set-aside-data`,
  'part-ways': ({ name, address, isHere }) =>
    advice(
      `mneme cluster forget ${name} --node ${address}`,
      `Then ${isHere ? 'here' : `at ${name}`}: mneme cluster stop, and mneme cluster join ${address} --set-aside-data`,
    ),
  'join-successors': ({ name, address }) =>
    advice(
      `mneme cluster status --node ${address}`,
      `If that is your cluster, and ${name} is not in it: mneme cluster stop here, then mneme cluster join ${address} --set-aside-data. Keep clients away from ${name} until then: no other member gets what they write.`,
    ),
  'start-as-itself': ({ name, owner }) =>
    `Start ${name} with the directory of ${name}, or leave out --name: then it starts as ${owner}.`,
};
