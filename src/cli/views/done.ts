import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { paragraph } from './text.js';

/** A step that is done, in one sentence. */
export const doneView: View<string> = (message, { width, color }) =>
  [paletteOf(color).good('done:'), paragraph(message, width, INDENT).trimStart()].join(' ');

const INDENT = ' '.repeat('done: '.length);
