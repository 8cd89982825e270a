import { flag, nullable, object, text } from './shape.js';

export const dashboard = object({
  node: text('Of the node that serves it.'),
  url: text(),
  note: nullable(text(), 'What a browser of another machine needs first; null: nothing.'),
  opened: flag('A browser was asked to show it.'),
});
