import type { EngineReply, EngineView } from '../../admin/protocol/api.js';
import { advice } from '../../hints/advice.js';
import { lossPlaces } from '../../operations/cluster/verdict.js';
import type { View } from '../page.js';
import { leftOutLines } from './left-out.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { grouped, paragraph, plural } from './text.js';

const LEFT_OUT_ROWS = 20;
/** What other views send to for more: this one. */
const HERE = 'mneme engine status';
const FACT_COLUMNS = 13;

/** What is held first, since it waits for the operator; then how the bridge stands. */
export const engineView: View<EngineReply> = ({ name, engine }, page) => {
  const palette = paletteOf(page.color);
  const isHeld = engine.state === 'held';
  const headline = isHeld
    ? palette.bad(paragraph(lossText(engine), page.width))
    : palette.good(paragraph(`${name} is ${stateText(engine)}`, page.width));
  const next = isHeld ? waysOut(engine) : null;
  const problem = engine.problem === null ? [] : [palette.bad(paragraph(`problem: ${engine.problem}`, page.width))];
  return [
    palette.strong(headline),
    ...problem,
    ...nextStep(next, page),
    ...engine.obstacles.flatMap(({ text, next }) => [
      palette.bad(paragraph(`problem: ${text}`, page.width)),
      ...nextStep(next === HERE ? null : next, page),
    ]),
    '',
    ...facts(engine, page.width),
    ...(engine.leftOut?.count > 0 ? [''] : []),
    ...leftOutLines(name, engine, LEFT_OUT_ROWS, Date.now(), page),
  ].join('\n');
};

/** What a restore would do with the keys as they are now. */
export const restorePlanView: View<EngineReply> = ({ name, engine }, { width }) => {
  const { missing, different, added, doubtful } = engine.held;
  return planText(
    engine,
    [
      `The copy of ${name} is written back to ${engine.redis}; other members are not touched.`,
      ...some(missing, 'that is missing there is written back', 'that are missing there are written back'),
      ...some(
        different,
        'that is different there gets the value of the cluster: the application may have written it since',
        'that are different there get the value of the cluster: the application may have written them since',
      ),
      ...some(
        added,
        'that only Redis has is deleted there: the application may have written it since',
        'that only Redis has are deleted there: the application may have written them since',
      ),
      ...some(
        doubtful,
        'that was evicted or deleted there is written back',
        'that were evicted or deleted there are written back',
      ),
      'What that overrides in Redis is set aside: mneme split-brain undo makes it stand.',
    ],
    width,
  );
};

export const confirmLossPlanView: View<EngineReply> = ({ engine }, { width }) => {
  const { missing, different, added, doubtful } = engine.held;
  return planText(
    engine,
    [
      ...some(
        missing,
        'that is missing in Redis is deleted on all members',
        'that are missing in Redis are deleted on all members',
      ),
      ...some(
        different,
        'gets the value that Redis has, on all members',
        'get the value that Redis has, on all members',
      ),
      ...some(added, 'that only Redis has is given to all members', 'that only Redis has are given to all members'),
      ...some(
        doubtful,
        'that Redis evicted, or the application deleted, is deleted on all members',
        'that Redis evicted, or the application deleted, are deleted on all members',
      ),
      'What that overrides is set aside: mneme split-brain undo brings it back.',
    ],
    width,
  );
};

/** "Valkey 8.0.1 at redis://…"; the address alone where the server was not reached yet. */
export function serverText({ redis, product, version }: EngineView): string {
  return version === null ? redis : `${product} ${version} at ${redis}`;
}

// ---------------------------------------------------------------------------------------------------------------------

function planText(engine: EngineView, lines: readonly string[], width: number): string {
  const { held } = engine;
  const isLoss = held.missing + held.different + held.added > 0;
  const names = held.sample.map(({ keyBase64, what }) => `${nameOf(keyBase64)} (${WHAT[what]})`);
  const total = held.missing + held.different + held.added + held.doubtful;
  const more = total > names.length ? `, and ${grouped(total - names.length)} more` : '';
  return [
    ...(isLoss ? [paragraph(lossText(engine), width)] : []),
    ...lines.map((line) => paragraph(line, width, '  ')),
    paragraph(`${names.join(', ')}${more}`, width, '  '),
  ].join('\n');
}

const WHAT = {
  missing: 'missing',
  different: 'different',
  added: 'only there',
  doubtful: 'evicted or deleted',
} as const;

function some(count: number, one: string, many: string): string[] {
  return count === 0 ? [] : [`${plural(count, 'key')} ${count === 1 ? one : many}.`];
}

function are(count: number): string {
  return `${grouped(count)} ${count === 1 ? 'is' : 'are'}`;
}

function nameOf(keyBase64: string): string {
  return JSON.stringify(Buffer.from(keyBase64, 'base64').toString());
}

function lossText({ held }: EngineView): string {
  const [missing, different, of] = [held.missing, held.different, held.of].map(grouped);
  const added = held.added === 0 ? '' : `, ${are(held.added)} only there`;
  if (held.missing === 0) {
    const text = `${different} of ${of} keys ${held.different === 1 ? 'is' : 'are'} different${added}: older, if it lost data, or written since`;
    return `REDIS MAY HAVE LOST DATA${lossPlaces(held)}: ${text}; nothing of it is replicated`;
  }
  const counts = `${missing} of ${of} keys ${held.missing === 1 ? 'is' : 'are'} missing, ${are(held.different)} different${added}`;
  return `REDIS LOST DATA${lossPlaces(held)}: ${counts}; nothing of it is replicated`;
}

/** Where no key is missing, as after a restart in which nothing was lost, what differs is more likely newer than older. */
function waysOut({ held }: EngineView): string {
  if (held.missing > 0)
    return advice('mneme engine restore', 'Or, where the loss was meant: mneme engine confirm-loss');
  return advice(
    'mneme engine confirm-loss',
    'If Redis lost nothing, as in a planned restart: its values are given to all members. If it did: mneme engine restore',
  );
}

function doubts({ held: { doubtful } }: EngineView): string {
  return doubtful === 0 ? '' : `; ${grouped(doubtful)} of them may have been deleted`;
}

function stateText({ state, redis, scan }: EngineView): string {
  if (state === 'attached') return `attached to ${redis}`;
  if (state === 'scanning')
    return `comparing all keys with ${redis}: ${grouped(scan?.checked ?? 0)} of about ${grouped(scan?.of ?? 0)}`;
  return state === 'waiting' ? 'waiting for its cluster' : `trying to reach ${redis}`;
}

function facts(engine: EngineView, width: number): string[] {
  const { counters } = engine;
  return [
    ['redis', serverText(engine)],
    ['keys', engine.keys],
    ['captured', `${grouped(counters.captured)} writes of the application`],
    [
      'applied',
      `${grouped(counters.applied)} writes of other members (${grouped(counters.overtaken)} overtaken by the application)`,
    ],
    ['to do', `${grouped(engine.toRead)} to read, ${grouped(engine.toWrite)} to write`],
    ['evicted', `${grouped(engine.evictedKeys)} keys that the node and its peers still have${doubts(engine)}`],
    ['last scan', engine.scanMs === null ? 'none yet' : `${grouped(engine.scanMs)} ms`],
  ].map(([name, text]) => {
    const indent = ' '.repeat(FACT_COLUMNS);
    return `${name!.padEnd(FACT_COLUMNS)}${paragraph(text!, width, indent).slice(FACT_COLUMNS)}`;
  });
}
