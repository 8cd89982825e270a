/** What differs from one run to the next, each put into one form: times, durations, ids, sizes, versions, the reader's home. */
const CHANGING: readonly [RegExp, string][] = [
  [/\b\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(\.\d+)?Z?/g, 'TIME'],
  [/\b\d{4}-\d{2}-\d{2}\b/g, 'DAY'],
  [/\b\d{2}:\d{2}:\d{2}(\.\d+)?/g, 'TIME'],
  [/(?:<|[+-]|\b)\d+(\.\d+)? (ms|s|min|h|d)\b/g, 'DURATION'],
  [/\b\d+(\.\d+)? (B|KiB|MiB|GiB|TiB)(?!\w)/g, 'SIZE'],
  // YAML quotes those that begin with a digit.
  [/"([0-9a-f]{8,}(\.[0-9a-f]+)?)"/g, '$1'],
  [/\b(?:[0-9a-f]{8,}|(?=[a-f]*\d)[0-9a-f]{6,7})(-[0-9a-z]+)*\b/g, 'ID'],
  [/\bpid \d+/g, 'pid N'],
  [/(?<![\d.])v?\d+\.\d+\.\d+(?![\d.])/g, 'VERSION'],
  [/-{3,}|─+/g, '─'],
];

/** Lines in that form. How far apart words stand follows from what changes, so it does not count; nor do empty lines at the ends. */
function normal(text: string): string[] {
  const lines = text.split('\n').map((line) => {
    const steady = CHANGING.reduce((now, [pattern, word]) => now.replace(pattern, word), line);
    return steady.replace(/\s+/g, ' ').trim();
  });
  while (lines.at(-1) === '') lines.pop();
  while (lines[0] === '') lines.shift();
  return lines;
}

/** Whether this was printed. A line that is `…` alone stands for any lines, and `…` in a line for any words. */
export function isPrinted(shown: string, printed: string): boolean {
  return fits(normal(shown), normal(printed));
}

// ---

function fits(shown: readonly string[], printed: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return printed.length === 0;
  if (first === '…') return printed.some((_, i) => fits(rest, printed.slice(i))) || fits(rest, []);
  const [line, ...others] = printed;
  return line !== undefined && isLine(first, line) && fits(rest, others);
}

function isLine(shown: string, line: string): boolean {
  if (!shown.includes('…')) return shown === line;
  const parts = shown.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  // A view cuts by this sign too.
  return new RegExp(`^${parts.join('.*')}$`).test(line);
}
