import { OperatorError } from '../core/model/errors.js';
import { advice } from '../hints/advice.js';
import type { Strategy } from '../operations/split-brain/strategy.js';
import { type Choice, declined, type Terminal } from './terminal.js';

export interface Island {
  number: number;
  members: string[];
}

/**
 * Have the operator choose how to end a split-brain, question by question.
 * @param onHeal the policy that on-heal is; null: it is none
 * @throws OperatorError `declined` when they would rather leave it as it is.
 */
export async function chooseWay(
  terminal: Terminal,
  islands: readonly Island[],
  onHeal: string | null,
): Promise<Strategy | 'desk' | 'on-heal'> {
  const kind = await terminal.select('How shall it end?', onHeal === null ? KINDS : [onHealChoice(onHeal), ...KINDS]);
  switch (kind) {
    case 'desk':
    case 'on-heal':
      return kind;
    case 'lww':
    case 'keep-longest-ttl':
      return { kind: 'merge', policy: kind };
    case 'prefer':
      return {
        kind: 'merge',
        policy: 'prefer',
        node: await chooseNode(terminal, 'Whose version stands in conflicts?', islands),
      };
    case 'promote':
      return { kind: 'promote', node: await chooseNode(terminal, 'Whose data stands?', islands) };
    case 'leave':
      throw declined();
  }
}

type Kind = 'on-heal' | 'desk' | 'lww' | 'keep-longest-ttl' | 'prefer' | 'promote' | 'leave';

function onHealChoice(policy: string): Choice<Kind> {
  return {
    value: 'on-heal',
    name: "merge: by the cluster's on-heal",
    description: `Every change is kept; in conflicts ${policy} decides.`,
  };
}

const KINDS: readonly Choice<Kind>[] = [
  {
    value: 'lww',
    name: 'merge: the last write wins',
    description: 'Every change is kept; in conflicts the later write stands.',
  },
  {
    value: 'prefer',
    name: 'merge: one island wins conflicts',
    description: 'Every change is kept; in conflicts one side stands.',
  },
  {
    value: 'keep-longest-ttl',
    name: 'merge: the longest lifetime wins',
    description: 'In conflicts what lives longer stands.',
  },
  {
    value: 'desk',
    name: 'go through the conflicts one by one',
    description: 'Pick what stands, key by key or many at once; save it as a plan, or carry it out.',
  },
  {
    value: 'promote',
    name: 'promote one node',
    description: "Its data stands; all the other islands' changes are set aside.",
  },
  { value: 'leave', name: 'leave it as it is', description: 'Each island goes on serving its own data.' },
];

function chooseNode(terminal: Terminal, question: string, islands: readonly Island[]): Promise<string> {
  const choices = islands.flatMap(({ number, members }) =>
    members.map((name) => ({ value: name, name: `${name} (island ${number}: ${members.join(', ')})` })),
  );
  return terminal.select(question, choices);
}

/** @throws OperatorError `no-terminal` when there is nobody to be walked through. */
export function requirePerson(terminal: Terminal, json: boolean): void {
  if (terminal.interactive && !json) return;
  throw new OperatorError(
    'no-terminal',
    'this asks questions, and there is no terminal to ask in',
    advice('mneme split-brain plan', 'Then mneme split-brain merge --yes, or mneme split-brain promote NODE --yes.'),
  );
}
