import { OperatorError } from '../../core/model/errors.js';

const UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Read a duration such as `500ms`, `5s`, `1.5m`, `2h` or `30d`, in milliseconds. A bare number is refused: of what? */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)$/.exec(text.trim());
  const durationMs = match === null ? Number.NaN : Number(match[1]) * (UNITS_MS[match[2] ?? ''] ?? Number.NaN);
  if (Number.isFinite(durationMs) && durationMs <= Number.MAX_SAFE_INTEGER) return Math.round(durationMs);
  throw new OperatorError('usage', `"${text}" is not a duration`, 'write it as 500ms, 5s, 10m, 2h or 30d');
}

/** Local date and time to the second: `2026-11-23 03:00:00`. */
export function localTime(unixMs: number): string {
  const time = new Date(unixMs);
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** A duration as one would say it: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`, `285426 years`. */
export function humanDuration(durationMs: number): string {
  if (durationMs < 1) return durationMs > 0 ? '<1 ms' : '0 s';
  if (durationMs < 100) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  if (seconds < 315_360_000) return `${Math.round(seconds / 86_400)} d`;
  return `${Math.round(seconds / 31_556_952)} years`;
}
