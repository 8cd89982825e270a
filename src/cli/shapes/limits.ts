import { member } from './common.js';
import { count, list, nullable, object, text, words } from './shape.js';

export const nodeLimits = object({
  node: member,
  limits: list(
    object({
      limit: text('As --limit NAME=VALUE takes it.'),
      unit: words(['count', 'bytes', 'time'], 'Times are milliseconds.'),
      value: nullable(count(), 'null: there is none.'),
      inUse: nullable(count(), 'null: it is of each request or client by itself.'),
      met: count('How often since the start.'),
    }),
  ),
  openFiles: object({ limit: nullable(count()), inUse: nullable(count()) }),
});
