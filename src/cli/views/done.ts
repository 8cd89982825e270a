import type { View } from '../page.js';
import { paletteOf } from './palette.js';

/** A step that is done, in one sentence. */
export const doneView: View<string> = (message, { color }) => `${paletteOf(color).good('done:')} ${message}`;
