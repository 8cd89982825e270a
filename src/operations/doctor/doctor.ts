import { type AdminClient, type Asked, withClient } from '../../admin/client/client.js';
import type { StatusReply } from '../../admin/protocol/api.js';
import { errorText } from '../../admin/protocol/error-text.js';
import type { HealthReply } from '../../admin/protocol/health.js';
import { closest } from '../../core/model/closest.js';
import { OperatorError } from '../../core/model/errors.js';
import { assessSurvey } from '../cluster/status.js';
import { surveyCluster } from '../common/survey.js';
import { CHECKS, type Finding, type Patient } from './checks.js';

export interface Diagnosis {
  readonly clusterId: string;
  /** Names of the members that answered. */
  readonly members: readonly string[];
  /** What was looked at, in order. */
  readonly checks: readonly string[];
  readonly findings: readonly Finding[];
}

/**
 * Look at a cluster and at the machines of its members, for a second.
 * @param only names of the checks to make; none: all
 * @throws OperatorError `usage` for a check that there is not, `not-reachable` if the node does not answer
 */
export async function examine(node: Asked, only: readonly string[]): Promise<Diagnosis> {
  return withClient(node, (client) => examineBy(client, only));
}

/** For help: each check, and what is fine where it finds nothing. */
export function checksText(): string {
  return CHECKS.map(({ name, about }) => `${name}: ${about}`).join('; ');
}

// ---

async function examineBy(client: AdminClient, only: readonly string[]): Promise<Diagnosis> {
  const checks = only.length === 0 ? CHECKS : [...new Set(only.map(checkOf))];
  const survey = await surveyCluster({ connect: async () => client });
  const health = new Map<string, HealthReply>();
  const mute: Finding[] = [];
  await Promise.all(
    survey.answers.map(async ({ self }) => {
      try {
        health.set(self.name, await healthOf(self, client));
      } catch (error) {
        mute.push({
          check: 'answers',
          node: self.name,
          text: `${self.name} said nothing of its machine: ${errorText(error)}`,
          next: null,
        });
      }
    }),
  );
  const patient: Patient = { survey, status: assessSurvey(survey), health };
  return {
    clusterId: survey.asked.clusterId,
    members: survey.answers.map(({ self }) => self.name),
    checks: checks.map(({ name }) => name),
    findings: [
      ...mute,
      ...checks.flatMap(({ name, find }) => find(patient).map((finding) => ({ check: name, ...finding }))),
    ],
  };
}

function checkOf(wanted: string): (typeof CHECKS)[number] {
  const found = CHECKS.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = CHECKS.map(({ name }) => name);
  const meant = closest(wanted, names);
  const guess = meant === null ? '' : ` Did you mean ${meant}?`;
  throw new OperatorError('usage', `"${wanted}" is no check.${guess}`, `The checks are ${names.join(', ')}.`);
}

function healthOf({ address, replica }: StatusReply['self'], by: AdminClient): Promise<HealthReply> {
  return withClient({ connect: () => by.reach(address) }, async (client) => {
    const reply = await client.call('HEALTH', {});
    const { self } = await client.call('STATUS', {});
    if (self.replica !== replica) throw new Error(`${address} is now ${self.name}`);
    return reply;
  });
}
