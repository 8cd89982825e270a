import type { View } from '../page.js';

/** What is a text already: the log of a node, a file. */
export const asItIsView: View<string> = (text) => text;
