import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Violation } from './checker.js';
import type { Evidence, Operation } from './history.js';
import type { Injection } from './schedule.js';

/** What was done, and when it began and ended, in milliseconds since the start. */
export interface Injected extends Injection {
  /** Unix time of the start. */
  readonly startMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
  /** What an operator was told. */
  readonly told: string;
}

export interface Report {
  readonly seed: number;
  readonly minutes: number;
  readonly cluster: string;
  readonly leftOut: readonly string[];
  readonly injected: readonly Injected[];
  readonly evidence: Evidence;
  readonly violations: readonly Violation[];
  /** What is not about a key: nodes that ended, that are not in sync, commands that failed by a bug. */
  readonly problems: readonly string[];
}

/** Writes report.txt for people, report.json, and all that the clients were told as history.ndjson. Returns the first. */
export function writeReport(directory: string, report: Report): string {
  const text = textOf(report);
  const { evidence, ...rest } = report;
  const { operations, ...end } = evidence;
  writeFileSync(join(directory, 'report.txt'), text);
  writeFileSync(join(directory, 'report.json'), JSON.stringify({ ...rest, ...end }, null, 2));
  writeFileSync(join(directory, 'history.ndjson'), operations.map((one) => `${JSON.stringify(one)}\n`).join(''));
  return text;
}

export function describeInjection({ kind, nodes, others, amount, durationMs }: Injection): string {
  const against = others.length === 0 ? '' : `, ${others.join(' ')}`;
  return `${nodes.join(' ')}: ${kind}${against}${amount === 0 ? '' : ` ${amount}`}, ${(durationMs / 1000).toFixed(1)} s`;
}

// ---------------------------------------------------------------------------------------------------------------------

function textOf({ seed, minutes, cluster, leftOut, injected, evidence, violations, problems }: Report): string {
  const lines = injected.map((one) => {
    const told = one.told === '' ? '' : ` (${one.told})`;
    return `${seconds(one.fromMs)} to ${seconds(one.untilMs)}  ${describeInjection(one)}${told}`;
  });
  const found = [...problems, ...violations.map(({ rule, key, text }) => `${rule}, ${key}: ${text}`)];
  return [
    `npm run test:faults -- --seed ${seed} --minutes ${minutes}`,
    cluster,
    ...leftOut.map((what) => `left out: ${what}`),
    '',
    'injected:',
    ...lines,
    '',
    `clients: ${countsOf(evidence.operations)}`,
    ...guestsOf(evidence),
    `split-brains: ${evidence.incidents.length}; cuts while all else was well: ${evidence.cuts.length}; set aside: ${evidence.asides.length}; directories put back: ${evidence.setBacks.length}`,
    '',
    ...(found.length === 0 ? ['all stands'] : ['what does not stand:', ...found]),
    '',
  ].join('\n');
}

function countsOf(operations: readonly Operation[]): string {
  const counts = new Map<string, number>();
  for (const one of operations) {
    const what = one.kind === 'get' ? 'get' : `${one.kind} ${one.outcome}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
    if (one.kind !== 'get' && (one.waited ?? 0) > 0) counts.set('WAIT true', (counts.get('WAIT true') ?? 0) + 1);
  }
  return [...counts]
    .map(([what, count]) => `${what} ${count}`)
    .sort()
    .join(', ');
}

function guestsOf({ attempts, removals }: Evidence): string[] {
  if (attempts.length === 0) return [];
  const done = attempts.filter(({ isDone }) => isDone).length;
  return [
    `users who came and went: ${removals.length}; they tried ${attempts.length} writes, of which ${done} were carried out`,
  ];
}

export function seconds(ms: number): string {
  return (ms / 1000).toFixed(1).padStart(6);
}
