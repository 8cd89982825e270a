import { adviceOf } from '../../hints/advice.js';
import type { Failure } from '../failure.js';
import type { View } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { paragraph } from './text.js';

const LABEL = 'error: ';

/** What went wrong and what to do, or a stack to be reported. */
export const failureView: View<Failure & { stack: string | null }> = ({ message, next, note, stack }, page) => {
  const { bad, dim } = paletteOf(page.color);
  const text = paragraph(message, page.width, ' '.repeat(LABEL.length)).slice(LABEL.length);
  const lines = [`${bad(LABEL.trimEnd())} ${text}`];
  lines.push(...nextStep(adviceOf({ next, note }), page, 'next:  '));
  if (stack !== null) lines.push(dim('This is a bug in mneme. Please report it with the lines below.'), dim(stack));
  return lines.join('\n');
};
