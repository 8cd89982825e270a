import type { View } from '../page.js';

/** As it is in the file. */
export const nodeLogView: View<string> = (text) => text;
