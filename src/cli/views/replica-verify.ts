import type { Difference } from '../../operations/replica/bucket-differences.js';
import type { Verification } from '../../operations/replica/verify.js';
import type { Page, View } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { databaseText } from './replica-compare.js';
import { silentLines } from './replica-list.js';
import { type Column, table } from './table.js';
import { grouped, keyLabel, paragraph, plural } from './text.js';
import { fullTime } from './time.js';

/** Enough to see a pattern; `--json` has them all. */
const DIFFERENCES_SHOWN = 20;

export const replicaVerifyView: View<Verification> = (verification, page) => {
  const { good, bad, warn, strong } = paletteOf(page.color);
  const { state, replicas, differences } = verification;
  const paint = state === 'same' ? good : state === 'different' ? bad : warn;
  return [
    strong(paint(paragraph(headline(verification), page.width))),
    ...nextStep(nextOf(verification), page),
    '',
    table(
      [
        { head: 'NODE', overflow: 'wrap' },
        { head: 'ADDRESS', overflow: 'wrap' },
        { head: 'ENTRIES', align: 'right' },
        { head: 'DIGEST' },
      ],
      replicas.map((replica) => [replica.name, replica.address, grouped(replica.entries), replica.digest]),
      page,
    ),
    ...flightLines(verification, page),
    ...silentLines(verification.unreachable, page),
    ...(differences.length > 0 ? ['', differenceTable(verification, page)] : []),
  ].join('\n');
};

function headline({ state, replicas, differences, differingBuckets, unreachable }: Verification): string {
  switch (state) {
    case 'same':
      return `Verified: ${plural(replicas.length, 'replica')} hold the same data`;
    case 'in-flight':
      return 'No difference; some writes were still on their way';
    case 'different':
      return `DIFFERENT: ${plural(differences.length, 'difference')} in ${plural(differingBuckets.length, 'range')} that replication will not mend`;
    case 'split-brain':
      return 'SPLIT-BRAIN: no difference within an island, but the islands are held apart';
    case 'partition':
      return 'PARTITION: members do not hear each other, so that some lack what others have; nothing else differs';
    case 'incomplete':
      return `Not verified: no answer from ${unreachable.map((member) => member.name).join(', ')}; of the others, ${plural(replicas.length, 'replica')} compared, no difference`;
  }
}

function nextOf({ state, differences }: Verification): string | null {
  if (state === 'split-brain') return 'mneme split-brain plan';
  if (state === 'partition' || state === 'incomplete') return 'mneme cluster status';
  const [first] = differences;
  if (first === undefined) return null;
  const database = first.database === 0 ? '' : ` --db ${first.database}`;
  return `mneme entry inspect --base64 ${first.keyBase64}${database}`;
}

function flightLines({ inFlight, onlyInIsland, rounds }: Verification, { width }: Page): string[] {
  return [
    ...inFlight.map(({ holder, lacker, entries }) =>
      paragraph(
        `in flight from ${holder} to ${lacker}: ${plural(entries, 'entry', 'entries')} (after ${plural(rounds, 'look')})`,
        width,
      ),
    ),
    ...onlyInIsland.map(({ island, entries }, index) =>
      paragraph(`only in island ${index + 1} (${island.join(', ')}): ${plural(entries, 'entry', 'entries')}`, width),
    ),
  ];
}

function differenceTable({ differences }: Verification, page: Page): string {
  const columns: Column[] = [
    { head: 'RANGE', align: 'right' },
    { head: 'KEY', overflow: 'cut', min: 10 },
    { head: 'DB', align: 'right', optional: 2 },
    { head: 'DIFFERENCE', overflow: 'wrap', min: 16 },
    { head: 'WRITTEN', overflow: 'wrap', optional: 1, min: 19 },
  ];
  const rows = differences
    .slice(0, DIFFERENCES_SHOWN)
    .map((difference) => [
      String(difference.bucket),
      keyLabel(difference),
      databaseText(difference.database),
      differenceText(difference),
      `${fullTime(difference.writtenMs)} by ${difference.writer}`,
    ]);
  const more = differences.length - DIFFERENCES_SHOWN;
  return table(columns, rows, page) + (more > 0 ? `\n… and ${grouped(more)} more, all of them with --json` : '');
}

function differenceText({ kind, holder, lacker }: Difference): string {
  if (kind === 'other-value') return `${holder} and ${lacker} hold other values under one version`;
  return kind === 'missing' ? `on ${holder}, missing on ${lacker}` : `on ${holder}, older on ${lacker}`;
}
