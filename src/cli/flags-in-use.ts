import { quoteWord } from '../hints/advice.js';

/** A flag as it was typed; `value` null: it takes none. */
export interface TypedFlag {
  name: string;
  value: string | null;
}

/** What says where and how a command looks: the node, the database, the place of a node's data. The rest is of one command alone. */
const KEPT = new Set([
  ...[
    'node',
    'context',
    'user',
    'password-file',
    'timeout',
    'db',
    'name',
    'listen',
    'advertise',
    'dir',
    'memory-only',
    'engine',
    'keys',
  ],
  ...['secret-file', 'secret-optional', 'tls-ca', 'tls-cert', 'tls-key', 'tls-optional'],
]);
const KEPT_OF_A_START = new Set([
  'trust-network',
  'tls-clients',
  'listen-plain',
  'fsync',
  'max-memory',
  'eviction',
  'on-heal',
  'failure-timeout',
  'allow-drills',
  'detach',
  'log-file',
  'log-format',
]);

/**
 * A command to type next, with the flags in use that it takes too, so that it goes to the same place when it is pasted.
 * @param flagsOf the names of the flags that a command takes, by its id such as `cluster:status`; null: there is no such command
 */
export function withFlagsInUse(
  command: string,
  typed: readonly TypedFlag[],
  flagsOf: (id: string) => readonly string[] | null,
): string {
  const [program, topic = '', name = ''] = command.split(' ');
  if (program !== 'mneme') return command;
  const takes = flagsOf(`${topic}:${name}`) ?? flagsOf(topic) ?? [];
  const added = typed
    .filter(({ name }) => (KEPT.has(name) || KEPT_OF_A_START.has(name)) && takes.includes(name))
    .filter(({ name, value }) => !has(command, name) && !isSecret(value))
    .map(({ name, value }) => ` --${name}${value === null ? '' : ` ${quoteWord(value)}`}`);
  return command + added.join('');
}

function has(command: string, name: string): boolean {
  return ` ${command} `.includes(` --${name} `) || / --help\b/.test(command);
}

/** The address of a Redis with its password stays out of what is shown. */
function isSecret(value: string | null): boolean {
  return value !== null && /:\/\/[^/]*@/.test(value);
}
