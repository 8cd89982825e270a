import type { Palette } from './palette.js';

/** The line that names the command to type next; none if there is none. */
export function nextStep(next: string | null, { dim, command }: Palette): string[] {
  return next === null ? [] : [`${dim('next:')} ${command(next)}`];
}
