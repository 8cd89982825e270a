import { advice } from '../../hints/advice.js';
import type { Page, View } from '../page.js';
import { nextStep } from './next-step.js';
import { paletteOf } from './palette.js';
import { grouped, paragraph, plural } from './text.js';

export interface SavedPlan {
  file: string;
  keys: number;
  undecided: number;
}

/** `next` carries it out, `resume` goes on with it at the desk. */
export const savedPlanView: View<SavedPlan & { next: string; resume: string }> = (saved, page) => {
  const { next, resume } = saved;
  const step = saved.undecided > 0 ? resume : advice(next, `Or go on at the desk: ${resume}`);
  return [savedLine(saved, page), ...nextStep(step, page)].join('\n');
};

export function savedLine({ file, keys, undecided }: SavedPlan, page: Page): string {
  const { strong, good } = paletteOf(page.color);
  const left = undecided === 0 ? '' : `, ${grouped(undecided)} of them undecided`;
  return strong(good(paragraph(`Saved ${file}: ${plural(keys, 'key')}${left}. Nothing was changed.`, page.width)));
}
