import { flag, list, nullable, object, text } from './shape.js';

export const context = object({
  name: text(),
  current: flag('It is used where none is named.'),
  nodes: list(text(), 'The first that answers is asked.'),
  user: nullable(text()),
  passwordFile: nullable(text()),
  secretFile: nullable(text()),
  secretOptional: flag(),
  tlsCa: nullable(text()),
  tlsCert: nullable(text()),
  tlsKey: nullable(text()),
  tlsOptional: flag(),
});

export const contextList = object({
  file: text('Where they are kept.'),
  current: nullable(text(), 'null: none is used where none is named.'),
  contexts: list(context),
});

export const contextChanged = object({ context, message: text() });

export const contextUsed = object({ current: nullable(text()), message: text() });
