import { advice } from '../../core/advice.js';
import type { View } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { paragraph, plural } from './text.js';

export interface SavedPlan {
  file: string;
  keys: number;
  /** What carries it out. */
  next: string;
  /** What goes on with it at the desk. */
  resume: string;
}

export const savedPlanView: View<SavedPlan> = ({ file, keys, next, resume }, page) => {
  const { strong, good } = paletteOf(page.color);
  const said = paragraph(`Saved ${file}: ${plural(keys, 'key')}. Nothing was changed.`, page.width);
  return [strong(good(said)), ...nextStep(advice(next, `Or go on at the desk: ${resume}`), page)].join('\n');
};
