import { adviceFields } from './common.js';
import { flag, list, nullable, object, text } from './shape.js';

export const diagnosis = object({
  healthy: flag('false: the exit code is 3.'),
  clusterId: text(),
  members: list(text(), 'Names of the members that answered.'),
  checks: list(text(), 'What was looked at.'),
  findings: list(
    object({
      check: text('What found it.'),
      node: nullable(text(), 'The member that it is about; null: several, or none.'),
      text: text(),
      ...adviceFields,
    }),
  ),
});
