import { type ChangeObject, diffArrays, diffJson, diffLines } from 'diff';
import { textOf } from '../common/text-bytes.js';

/** Lines around a difference that are the same, so that it is seen where it is. */
const CONTEXT = 1;
/** Nobody reads on beyond this many changes, and finding the fewest takes long. */
const LIMITS = { maxEditLength: 1000, timeout: 2000 };
const BYTES_A_LINE = 16;

interface DiffLine {
  /** `-`: in the first alone; `+`: in the second alone; a space: in both; `…`: lines that are the same are left out. */
  mark: '-' | '+' | ' ' | '…';
  text: string;
}

export interface ValueDiff {
  /** How the two were compared. */
  by: 'field' | 'line' | 'byte';
  /** null: they have too little in common to be shown so. */
  lines: DiffLine[] | null;
}

/** What differs between two values: of JSON field by field, of text line by line, of all else byte by byte. */
export function valueDiff(one: Buffer, other: Buffer): ValueDiff {
  const [a, b] = [textOf(one), textOf(other)];
  if (a === null || b === null) {
    const changes = diffArrays(bytesIn(one), bytesIn(other), LIMITS);
    return {
      by: 'byte',
      lines:
        changes === undefined
          ? null
          : shortened(changes.flatMap(({ value, ...marks }) => value.map((text) => line(text, marks)))),
    };
  }
  const [json, otherJson] = [objectOf(a), objectOf(b)];
  const fields = json === null || otherJson === null ? null : linesOf(diffJson(json, otherJson, LIMITS));
  // Numbers with many digits, and fields that come twice, are the same once they are read.
  if (fields?.some(({ mark }) => mark === '+' || mark === '-') === true) return { by: 'field', lines: fields };
  return { by: 'line', lines: linesOf(diffLines(a, b, LIMITS)) };
}

// ---------------------------------------------------------------------------------------------------------------------

/** An object or a list: of a number or a word JSON says nothing that text does not. */
function objectOf(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** As a dump shows them, without the places, which shift. */
function bytesIn(value: Buffer): string[] {
  return Array.from({ length: Math.ceil(value.length / BYTES_A_LINE) }, (_, i) => {
    const bytes = value.subarray(i * BYTES_A_LINE, (i + 1) * BYTES_A_LINE);
    const shown = bytes.toString('latin1').replace(/[^ -~]/g, '.');
    return `${(bytes.toString('hex').match(/../g) ?? []).join(' ').padEnd(3 * BYTES_A_LINE)} ${shown}`;
  });
}

function linesOf(changes: ChangeObject<string>[] | undefined): DiffLine[] | null {
  if (changes === undefined) return null;
  return shortened(
    changes.flatMap((change) =>
      change.value
        .replace(/\n$/, '')
        .split('\n')
        .map((text) => line(text, change)),
    ),
  );
}

function line(text: string, { added, removed }: { added: boolean; removed: boolean }): DiffLine {
  return { mark: added ? '+' : removed ? '-' : ' ', text };
}

/** Without what is the same, but for the lines next to a difference. */
function shortened(lines: DiffLine[]): DiffLine[] {
  const isNear = lines.map((_, i) =>
    lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1).some(({ mark }) => mark !== ' '),
  );
  return lines.flatMap((one, i) => {
    if (isNear[i]) return [one];
    return i === 0 || isNear[i - 1] ? [{ mark: '…', text: '' } as const] : [];
  });
}
