import { RespError } from '../../keyspace.js';
import type { CommandDefinition } from '../definition.js';

export const scriptKillCommand: CommandDefinition = {
  name: 'script|kill',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  handle: noScriptRuns,
};

export function noScriptRuns(): never {
  throw new RespError('NOTBUSY No scripts in execution right now.');
}
