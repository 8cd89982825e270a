import type { CommandDefinition } from '../definition.js';
import { noScriptRuns } from '../script/kill.js';

export const functionKillCommand: CommandDefinition = {
  name: 'function|kill',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  handle: noScriptRuns,
};
