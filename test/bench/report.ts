import CliTable from 'cli-table3';
import type { Figure, Series, Spread, Target, Unit } from './figures.js';

export interface ScenarioReport {
  readonly number: number;
  readonly name: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  /** How it was measured, and what was left out. */
  readonly notes: readonly string[];
  readonly quick: boolean;
}

const HEAD = ['FIGURE', 'UNIT', 'MEDIAN (MIN–MAX)', 'AGAINST', 'RATIO', 'TARGET'];
const LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', mid: '', 'mid-mid': '', 'left-mid': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '', 'right-mid': '' },
  ...{ left: '', right: '', middle: '  ' },
};

export function tableView({ number, title, figures, notes }: ScenarioReport): string {
  const table = new CliTable({
    head: HEAD,
    chars: LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  for (const figure of figures) table.push(rowOf(figure));
  const rows = figures.length === 0 ? ['nothing was measured'] : table.toString().split('\n');
  const lines = [`${number}. ${title}`, ...rows, ...notes.map((note) => `- ${note}`)];
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** One JSON object a figure; its keys are the same for all scenarios. */
export function jsonLines({ number, name, figures, quick }: ScenarioReport): string[] {
  return figures.map(({ figure, unit, of, against, spread, againstSpread, ratio, target, met }) =>
    JSON.stringify({
      scenario: number,
      name,
      figure,
      unit,
      of: seriesJson(of, spread),
      against: against === undefined || againstSpread === null ? null : seriesJson(against, againstSpread),
      ratio,
      target: target ?? null,
      met,
      quick,
    }),
  );
}

export function numberText(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

// ---

function rowOf({ figure, unit, of, against, spread, againstSpread, ratio, target, met }: Figure): string[] {
  return [
    figure,
    unit,
    `${of.name} ${spreadText(spread)}`,
    against === undefined || againstSpread === null ? '–' : `${against.name} ${spreadText(againstSpread)}`,
    ratio === null ? '–' : spreadText(ratio),
    target === undefined ? '–' : targetText(target, unit, met),
  ];
}

function spreadText({ median, min, max }: Spread): string {
  if (min === max) return numberText(median);
  return `${numberText(median)} (${numberText(min)}–${numberText(max)})`;
}

function targetText({ of, is, bound }: Target, unit: Unit, met: boolean | null): string {
  const wanted = of === 'ratio' ? `${is} ${bound.toFixed(2).replace(/0$/, '')}` : `${is} ${bound} ${unit}`;
  return `${wanted}: ${met === null ? 'not judged' : met ? 'met' : 'missed'}`;
}

function seriesJson({ name, values }: Series, spread: Spread): Series & Spread {
  return { name, ...spread, values };
}
