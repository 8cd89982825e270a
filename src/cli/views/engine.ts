import type { EngineReply, EngineView } from '../../admin/api.js';
import { advice } from '../../core/advice.js';
import { lossPlaces } from '../../operations/cluster-verdict.js';
import type { View } from '../page.js';
import { leftOutLines } from './left-out.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { grouped, paragraph } from './text.js';

const LEFT_OUT_ROWS = 20;

/** What is held first, since it waits for the operator; then how the bridge stands. */
export const engineView: View<EngineReply> = ({ name, engine }, page) => {
  const palette = paletteOf(page.color);
  const isHeld = engine.state === 'held';
  const headline = isHeld
    ? palette.bad(paragraph(lossText(engine), page.width))
    : palette.good(paragraph(`${name} is ${stateText(engine)}`, page.width));
  const next = isHeld
    ? advice('mneme engine restore', 'Or, where the loss was meant: mneme engine confirm-loss')
    : null;
  const problem = engine.problem === null ? [] : [palette.bad(paragraph(`problem: ${engine.problem}`, page.width))];
  return [
    palette.strong(headline),
    ...problem,
    ...nextStep(next, page),
    ...engine.obstacles.flatMap(({ text, next }) => [
      palette.bad(paragraph(`problem: ${text}`, page.width)),
      ...nextStep(next, page),
    ]),
    '',
    ...facts(engine),
    ...(engine.leftOut?.count > 0 ? [''] : []),
    ...leftOutLines(name, engine, LEFT_OUT_ROWS, Date.now(), page),
  ].join('\n');
};

export const restorePlanView: View<EngineReply> = ({ name, engine }, { width }) =>
  [
    paragraph(lossText(engine), width),
    paragraph(`The copy of ${name} is written back to ${engine.redis}; other members are not touched.`, width, '  '),
    paragraph('What is different there is set aside: mneme split-brain undo makes it stand.', width, '  '),
  ].join('\n');

export const confirmLossPlanView: View<EngineReply> = ({ engine }, { width }) =>
  [
    paragraph(lossText(engine), width),
    paragraph(`${grouped(engine.held.missing)} keys are deleted on all members.`, width, '  '),
    paragraph(`${grouped(engine.held.different)} keys get the value that Redis has, on all members.`, width, '  '),
    paragraph('What that overrides is set aside: mneme split-brain undo brings it back.', width, '  '),
  ].join('\n');

/** "Valkey 8.0.1 at redis://…"; the address alone where the server was not reached yet. */
export function serverText({ redis, product, version }: EngineView): string {
  return version === null ? redis : `${product} ${version} at ${redis}`;
}

// ---------------------------------------------------------------------------------------------------------------------

function lossText({ held }: EngineView): string {
  const [missing, different, of] = [held.missing, held.different, held.of].map(grouped);
  const counts = `${missing} of ${of} keys are missing, ${different} are different`;
  return `REDIS LOST DATA${lossPlaces(held)}: ${counts}; nothing of it is replicated`;
}

function stateText({ state, redis, scan }: EngineView): string {
  if (state === 'attached') return `attached to ${redis}`;
  if (state === 'scanning')
    return `comparing all keys with ${redis}: ${grouped(scan?.checked ?? 0)} of about ${grouped(scan?.of ?? 0)}`;
  return state === 'waiting' ? 'waiting for its cluster' : `trying to reach ${redis}`;
}

function facts(engine: EngineView): string[] {
  const { counters } = engine;
  return [
    `redis        ${serverText(engine)}`,
    `keys         ${engine.keys}`,
    `captured     ${grouped(counters.captured)} writes of the application`,
    `applied      ${grouped(counters.applied)} writes of other members (${grouped(counters.overtaken)} overtaken by the application)`,
    `to do        ${grouped(engine.toRead)} to read, ${grouped(engine.toWrite)} to write`,
    `evicted      ${grouped(engine.evictedKeys)} keys that the node and its peers still have`,
    `last scan    ${engine.scanMs === null ? 'none yet' : `${grouped(engine.scanMs)} ms`}`,
  ];
}
