import type { ConflictView, EntryFacts, PlanReply } from '../../admin/protocol/api.js';
import { humanBytes } from '../../operations/common/sizes.js';
import type { ValuesShown } from '../../operations/dashboard/questions.js';
import { h } from '../dom.js';
import { button, failure } from '../parts.js';
import { ago, keyOf, moment, namesText, valueText } from '../words.js';

export interface ConflictShown {
  readonly plan: PlanReply;
  readonly conflict: ConflictView;
  /** Its place in the plan. */
  readonly at: number;
  /** The island that was picked; null: the policy decides. */
  readonly picked: number | null;
  readonly nowMs: number;
  /** null: it is not for this user, or this strategy, to pick. */
  pick: ((island: number | null) => void) | null;
  values(islands: [number, number]): Promise<ValuesShown>;
}

/** One key that islands have otherwise: their versions side by side, and which of them stands. */
export function conflictView(shown: ConflictShown): HTMLElement {
  const { conflict, at, pick, picked } = shown;
  const left = conflict.outcome === null && picked === null;
  const reason = conflict.outcome === null ? 'left to you' : conflict.reason;
  const islands = conflict.versions.flatMap((version, i) => (version === null ? [] : [i]));
  const differences = h('div', { class: 'difference', 'aria-live': 'polite' });
  const compare = (): Promise<void> => showDifference(shown, islands, differences);
  return h(
    'fieldset',
    { class: `conflict${left ? ' left' : ''}` },
    h('legend', {}, h('code', {}, keyOf(conflict))),
    h(
      'div',
      { class: 'why' },
      h(
        'p',
        { class: 'muted' },
        `${KINDS[conflict.kind]}; ${reason}`,
        conflict.uncertain ? h('span', { class: 'warn' }, ' ▲ uncertain: closer in time than the clocks agree') : null,
      ),
      islands.length < 2
        ? null
        : button(`compare-${at}`, 'Compare values', compare, {
            'aria-label': `Compare the values of ${keyOf(conflict)}`,
          }),
    ),
    h(
      'div',
      { class: 'versions' },
      ...conflict.versions.map((version, i) => versionView(shown, version, i)),
      pick === null || conflict.kind === 'one-sided' || conflict.follows === true ? null : undoPick(at, picked, pick),
    ),
    differences,
  );
}

// ---

const KINDS: Readonly<Record<ConflictView['kind'], string>> = {
  changed: 'changed on several islands',
  deleted: 'deleted on one, changed on another',
  touched: 'the same value with another expiry',
  alike: 'the same for a reader',
  'one-sided': 'changed on one island alone',
};

function versionView(
  { plan, conflict, at, picked, pick, nowMs }: ConflictShown,
  version: EntryFacts | null,
  i: number,
) {
  const island = `Island ${i + 1}: ${namesText(plan.islands[i]?.members ?? [])}`;
  if (version === null)
    return h('div', { class: 'version none' }, h('p', {}, island), h('p', { class: 'muted' }, 'unchanged'));
  const stands = (picked ?? conflict.outcome) === i;
  const fate = stands ? (picked === null ? '● stands' : '● stands: your pick') : '○ set aside';
  const facts = [
    `written ${moment(version.writtenMs, nowMs)} (${ago(version.writtenMs, nowMs)}) at ${version.writer}`,
    version.tombstone ? null : humanBytes(version.valueBytes),
    version.expiryMs === 0 ? null : `ends ${moment(version.expiryMs, nowMs)}`,
  ];
  const id = `pick-${at}-${i}`;
  const content = [
    h('span', { class: 'island' }, island),
    h('code', { class: 'value' }, valueText(version)),
    h('span', { class: 'muted' }, facts.filter((fact) => fact !== null).join(', ')),
    h('span', { class: `fate${stands ? ' stands' : ''}` }, fate),
  ];
  if (pick === null || conflict.kind === 'one-sided' || conflict.follows === true)
    return h('div', { class: `version${stands ? ' stands' : ''}` }, ...content);
  const radio = h('input', { id, type: 'radio', name: `pick-${at}`, checked: picked === i, change: () => pick(i) });
  return h('label', { class: `version${stands ? ' stands' : ''}`, for: id }, radio, ...content);
}

function undoPick(at: number, picked: number | null, pick: (island: null) => void): HTMLElement {
  const id = `pick-${at}-policy`;
  const radio = h('input', {
    id,
    type: 'radio',
    name: `pick-${at}`,
    checked: picked === null,
    change: () => pick(null),
  });
  return h('label', { class: 'version policy', for: id }, radio, h('span', {}, 'As the policy says'));
}

async function showDifference({ conflict, picked, values }: ConflictShown, islands: number[], place: Element) {
  const second = picked ?? conflict.outcome ?? islands.at(-1)!;
  const first = islands.find((i) => i !== second) ?? second;
  place.replaceChildren(h('p', { class: 'working' }, 'Reading the values…'));
  try {
    place.replaceChildren(...differenceView(await values([first, second]), first, second));
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}

function differenceView({ diff, notes }: ValuesShown, first: number, second: number): Node[] {
  const said = notes.flatMap(({ island, isDeleted, isCut, isNewer }) => [
    ...(isDeleted ? [`island ${island + 1} has deleted it`] : []),
    ...(isCut ? [`island ${island + 1}'s is longer than what is compared`] : []),
    ...(isNewer ? [`island ${island + 1} has written it again since the plan was made`] : []),
  ]);
  const title = [`${diff.by} by ${diff.by}: − island ${first + 1}, + island ${second + 1}`, ...said].join('; ');
  const lines = diff.lines ?? [{ mark: '…' as const, text: 'they have too little in common' }];
  const kinds = { '-': 'gone', '+': 'come', ' ': 'same', '…': 'same' } as const;
  const shown = lines.map(({ mark, text }) =>
    h('span', { class: kinds[mark] }, `${mark === '-' ? '−' : mark} ${text}\n`),
  );
  return [h('p', { class: 'muted' }, title), h('pre', { tabindex: 0, 'aria-label': 'Difference' }, ...shown)];
}
