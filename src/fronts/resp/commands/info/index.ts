import type { Reply } from '../../codec/reply.js';
import { textOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { countingKeys, type KeyCount } from '../key-counts.js';
import { inSlices } from '../slices.js';
import { type Sections, sectionsOf } from './sections.js';

export const infoCommand: CommandDefinition = {
  name: 'info',
  arity: -1,
  flags: ['loading', 'stale'],
  handle(context, args) {
    const wanted = new Set(args.slice(1).map((name) => textOf(name).toLowerCase()));
    const answer = (counts: readonly KeyCount[]): Reply => {
      return { kind: 'verbatim', text: infoText(sectionsOf(context, counts), wanted) };
    };
    return inSlices(countingKeys(context, answer));
  },
};

// ---

/** Sections that are only given to those who ask for them, or for all. */
const LONG: ReadonlySet<string> = new Set(['commandstats']);

function infoText(sections: Sections, wanted: ReadonlySet<string>): string {
  const isAll = wanted.has('all') || wanted.has('everything');
  const isDefault = wanted.size === 0 || wanted.has('default');
  const parts: string[] = [];
  for (const [name, fields] of Object.entries(sections)) {
    const key = name.toLowerCase();
    if (!isAll && !wanted.has(key) && !(isDefault && !LONG.has(key))) continue;
    const lines = Object.entries(fields).map(([field, value]) => `${field}:${value}\r\n`);
    parts.push(`# ${name}\r\n${lines.join('')}`);
  }
  return parts.join('\r\n');
}
