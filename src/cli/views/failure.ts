import type { Failure } from '../failure.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';

/** What went wrong and what to do, or a stack to be reported. */
export const failureView: View<Failure & { stack: string | null }> = ({ message, hint, stack }, { color }) => {
  const { bad, dim } = paletteOf(color);
  const lines = [`${bad('error:')} ${message}`];
  if (hint !== null) lines.push(`${dim('next:')}  ${hint}`);
  if (stack !== null) lines.push(dim('This is a bug in mneme. Please report it with the lines below.'), dim(stack));
  return lines.join('\n');
};
