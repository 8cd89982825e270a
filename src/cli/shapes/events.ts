import { ofMember, silentMembers } from './common.js';
import { count, flag, list, nullable, object, text, time, words } from './shape.js';

export const events = object({
  events: list(
    object({
      ...ofMember,
      seq: count('Counts up at its node.'),
      atMs: time('By the clock of its machine.'),
      level: words(['info', 'warn', 'error']),
      kind: text('A stable word.'),
      subject: nullable(
        text(),
        'What it is about: a member, an incident, a setting, a problem, or how something was asked for.',
      ),
      over: flag('What was told before is over.'),
      message: text(),
      by: nullable(
        object({
          name: text('As they say, such as user@host; may be empty.'),
          user: nullable(text(), 'As whom they were authenticated; null: nobody has to be.'),
          address: nullable(text(), 'Of their end of the connection; null: on the machine of the node.'),
        }),
        'Of an act: who had it done.',
      ),
      keys: flag('The message names keys of clients.'),
    }),
    'In order of time.',
  ),
  leftOut: count('Earlier ones that there are, beyond --lines.'),
  missed: list(object({ ...ofMember, events: count() }), 'How many a node does not have any more.'),
  unreachable: silentMembers,
});

export const nodeLog = object({
  path: text('The file, on the machine of the node.'),
  lines: list(text()),
});

export const bundle = object({
  file: text(),
  files: list(text(), 'What is in it.'),
  members: list(text(), 'Names of the members that are in it.'),
  problems: list(text(), 'What could not be had, by the names of members.'),
});

export const service = object({
  name: text('Of the node.'),
  text: text('The unit, or the Containerfile.'),
});
