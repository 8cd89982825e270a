import type { Bytes } from '../../../../core/model/bytes.js';
import { mapReply } from '../../codec/reply.js';
import { textOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { globMatches } from '../glob.js';
import { parametersOf } from './parameters.js';

export const configGetCommand: CommandDefinition = {
  name: 'config|get',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle(context, args) {
    const parameters = parametersOf(context);
    // By name: each is answered once, and as the client spelt it where it was no pattern.
    const shown = new Map<string, string>();
    for (const pattern of args.slice(2)) {
      for (const name of namesOf(pattern, parameters)) if (!shown.has(name)) shown.set(name, shownAs(name, pattern));
    }
    return mapReply([...shown].map(([name, text]) => [text, parameters[name]!]));
  },
};

// ---

function namesOf(pattern: Bytes, parameters: Readonly<Record<string, string>>): string[] {
  const lower = Buffer.from(textOf(pattern).toLowerCase());
  return Object.keys(parameters).filter((name) => globMatches(lower, Buffer.from(name)));
}

function shownAs(name: string, pattern: Bytes): string {
  const text = textOf(pattern);
  return /[*?[]/.test(text) ? name : text;
}
