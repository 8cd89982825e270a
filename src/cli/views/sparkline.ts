const BARS = '▁▂▃▄▅▆▇█';

/** The latest figures as bars, one column each, the newest on the right; what is not known is a gap. Nothing but zero is the lowest bar. */
export function sparkline(series: readonly (number | null)[], columns: number, most: number): string {
  const shown = series.slice(-columns);
  const bars = shown.map((figure) => {
    if (figure === null) return ' ';
    if (figure <= 0 || most <= 0) return BARS[0]!;
    return BARS[Math.min(BARS.length - 1, Math.max(1, Math.ceil((figure / most) * (BARS.length - 1))))]!;
  });
  return bars.join('').padStart(columns);
}

/** The greatest of some series, so that bars beside each other can be compared. */
export function greatest(series: readonly (readonly (number | null)[])[], columns: number): number {
  return Math.max(0, ...series.flatMap((one) => one.slice(-columns)).map((figure) => figure ?? 0));
}

/** A figure in at most five columns: 0.4, 12, 9999, 12k, 123k, 1.2M. */
export function compact(figure: number | null): string {
  if (figure === null) return '–';
  if (figure > 0 && figure < 9.95) return figure.toFixed(Number.isInteger(figure) ? 0 : 1);
  if (figure < 9999.5) return figure.toFixed(0);
  for (const [unit, size] of UNITS) {
    const scaled = figure / size;
    if (scaled < 999.5 || unit === 'T') return `${scaled.toFixed(scaled < 9.95 ? 1 : 0)}${unit}`;
  }
  return '';
}

const UNITS = [
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
] as const;
