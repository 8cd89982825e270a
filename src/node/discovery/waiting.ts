import type { Company } from '../../core/membership/gathering.js';
import type { Finding, Place } from './lookout.js';
import { mechanismName } from './spec.js';

/** Of what there may be hundreds of, so many are named. */
const NAMED_MAX = 5;

export interface Waiting {
  readonly company: Company;
  readonly places: readonly Place[];
  readonly findings: readonly Finding[];
  /** Where this node says that it is. */
  readonly address: string;
}

/** What a node without a cluster waits for, and what stands in the way: a sentence without a full stop. */
export function waitingText({ company, places, findings, address }: Waiting): string {
  const { expects, here, clusters } = company;
  if (clusters.length > 1)
    return `finds members of ${clusters.length} clusters (${clusters.join(', ')}), and joins none of them by itself`;
  const aim =
    expects === null
      ? 'waits for a member of a cluster to join'
      : `waits until ${nodes(expects)} see each other, to found a cluster: ${here.length} of ${expects} (${named(here)})`;
  const isEnough = expects !== null && here.length >= expects;
  const obstacles = isEnough ? [] : obstaclesOf(company, places, findings, address);
  const founder = isEnough && company.founder !== null ? [`${company.founder} founds it`] : [];
  return [aim, ...founder, ...obstacles].join('; ');
}

// ---------------------------------------------------------------------------------------------------------------------

function obstaclesOf(company: Company, places: readonly Place[], findings: readonly Finding[], own: string): string[] {
  const silent = places.filter(({ failure }) => failure !== null);
  const failing = findings.filter(({ failure }) => failure !== null);
  const empty = findings.filter(({ addresses, failure }) => failure === null && addresses?.length === 0);
  return [
    ...company.unlike.map(({ name, expects }) => `${name} ${expects === null ? 'founds none' : `expects ${expects}`}`),
    ...company.oneSided.map(({ name }) => `${name} answers, and does not see this node at ${own} as yet`),
    ...limited(silent.map(({ address, from, failure }) => `${address}${source(from)}: ${failure}`)),
    ...failing.map(({ text, failure }) => `${mechanismName(text)}: ${failure}`),
    ...empty.map(({ text }) => `${mechanismName(text)} finds nobody`),
  ];
}

function source(from: readonly string[]): string {
  return from.length === 0 ? '' : ` (${from.map(mechanismName).join(', ')})`;
}

function limited(texts: readonly string[]): string[] {
  const more = texts.length - NAMED_MAX;
  return more > 0 ? [...texts.slice(0, NAMED_MAX), `${more} more do not answer`] : [...texts];
}

function named(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return more > 0 ? `${names.slice(0, NAMED_MAX).join(', ')} and ${more} more` : names.join(', ');
}

function nodes(count: number): string {
  return count === 1 ? 'one node' : `${count} nodes`;
}
