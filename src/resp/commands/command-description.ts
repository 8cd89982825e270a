import { mapReply, type Reply, simple } from '../codec/reply.js';
import type { CommandDefinition, KeyPositions } from './definition.js';

/** The row of COMMAND INFO: the ten fields of Redis 7. */
export function commandInfo(command: CommandDefinition): Reply {
  const { first, last, step } = command.keys ?? NO_KEYS;
  return [
    command.name,
    command.arity,
    { kind: 'set', items: command.flags.map(simple) },
    first,
    last,
    step,
    { kind: 'set', items: categoriesOf(command).map(simple) },
    [],
    command.keys === undefined ? [] : [keySpecification(command, command.keys)],
    (command.subcommands ?? []).map(commandInfo),
  ];
}

/** The value of COMMAND DOCS. */
export function commandDocs(command: CommandDefinition): Reply {
  const pairs: [Reply, Reply][] = [
    ['summary', command.summary],
    ['since', command.since],
    ['group', command.group],
  ];
  if (command.subcommands !== undefined) {
    pairs.push(['subcommands', mapReply(command.subcommands.map((sub) => [sub.name, commandDocs(sub)]))]);
  }
  return mapReply(pairs);
}

/** ACL categories, in Redis' order; those that follow from the flags need not be stated. */
export function categoriesOf({ categories, flags }: CommandDefinition): string[] {
  const has = {
    ...Object.fromEntries(categories.map((category) => [category, true])),
    read: flags.includes('readonly'),
    write: flags.includes('write'),
    admin: flags.includes('admin'),
    fast: flags.includes('fast'),
    slow: !flags.includes('fast'),
  } as Partial<Record<string, boolean>>;
  return CATEGORY_ORDER.filter((category) => has[category] === true).map((category) => `@${category}`);
}

// ---

const NO_KEYS: KeyPositions = { first: 0, last: 0, step: 0 };

const CATEGORY_ORDER = [
  'keyspace',
  'read',
  'write',
  'string',
  'admin',
  'fast',
  'slow',
  'dangerous',
  'connection',
  'transaction',
];

function keySpecification({ flags }: CommandDefinition, { first, last, step }: KeyPositions): Reply {
  const access = flags.includes('write') ? ['RW', 'update'] : ['RO', 'access'];
  const find = mapReply([
    ['lastkey', last < 0 ? last : last - first],
    ['keystep', step],
    ['limit', 0],
  ]);
  return mapReply([
    ['flags', { kind: 'set', items: access.map(simple) }],
    [
      'begin_search',
      mapReply([
        ['type', 'index'],
        ['spec', mapReply([['index', first]])],
      ]),
    ],
    [
      'find_keys',
      mapReply([
        ['type', 'range'],
        ['spec', find],
      ]),
    ],
  ]);
}
