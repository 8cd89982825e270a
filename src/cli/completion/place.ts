import { EVENT_KINDS } from '../../core/model/about.js';

/** What the manifest says of a command. */
export interface CommandFacts {
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly strict?: boolean;
  readonly args: Readonly<Record<string, { readonly options?: readonly string[] }>>;
  readonly flags: Readonly<Record<string, FlagFacts>>;
}

interface FlagFacts {
  readonly type: 'option' | 'boolean';
  readonly char?: string;
  readonly summary?: string;
  readonly hidden?: boolean;
  readonly helpValue?: string;
  readonly multiple?: boolean;
  readonly options?: readonly string[];
}

/** What can stand at a place, and who knows it. */
type Kind = 'none' | 'files' | 'contexts' | OfCluster;
/** What only the cluster knows. */
export type OfCluster = 'members' | 'addresses' | 'keys' | 'incidents' | 'users';

/** Where the cursor is in a line. */
export interface Place {
  /** What is typed of the word, as far as it is completed. */
  readonly word: string;
  /** What stands before that and stays, as in `--node=`. */
  readonly before: string;
  /** The words that can stand there; null: they are of a kind. */
  readonly words: readonly (readonly [word: string, about: string])[] | null;
  readonly kind: Kind;
  /** Values of flags that were typed already. */
  readonly flags: ReadonlyMap<string, string>;
}

type Commands = Readonly<Record<string, CommandFacts>>;

export function placeOf(commands: Commands, typed: readonly string[]): Place {
  const done = typed.slice(0, -1);
  const word = typed.at(-1) ?? '';
  const id = [done.slice(0, 2).join(':'), done[0] ?? ''].find((one) => Object.hasOwn(commands, one));
  if (id === undefined) return commandPlace(commands, done, word);
  const command = commands[id]!;
  const { flags, awaited, args } = readWords(command, done.slice(id.split(':').length));
  const base = { word, before: '', flags };
  if (awaited !== null) return { ...base, ...valueAt(id, awaited, command.flags[awaited]!) };
  const [, name, value] = /^--([a-z-]+)=(.*)$/s.exec(word) ?? [];
  const flag = name === undefined ? undefined : command.flags[name];
  if (name !== undefined && flag !== undefined)
    return { ...base, word: value ?? '', before: `--${name}=`, ...valueAt(id, name, flag) };
  if (word.startsWith('-')) return { ...base, kind: 'none', words: flagWords(command, flags) };
  const names = Object.keys(command.args);
  const arg = names[args] ?? (command.strict === false ? names.at(-1) : undefined);
  if (arg === undefined) return { ...base, kind: 'none', words: [] };
  const options = command.args[arg]?.options;
  return { ...base, ...(options === undefined ? argumentOf(id, arg) : known(options)) };
}

// ---

/** The next word of a command, of those that begin with what is typed. */
function commandPlace(commands: Commands, done: readonly string[], word: string): Place {
  const next = new Map<string, string>();
  for (const [id, { summary = '', hidden }] of Object.entries(commands)) {
    const words = id.split(':');
    if (hidden === true || done.some((one, i) => words[i] !== one) || words.length <= done.length) continue;
    const isLast = words.length === done.length + 1;
    if (isLast || !next.has(words[done.length]!)) next.set(words[done.length]!, isLast ? summary : '');
  }
  return { word, before: '', kind: 'none', flags: new Map(), words: [...next] };
}

/** Which flags have what value, which one waits for its value, and how many arguments there are. */
function readWords({ flags: facts }: CommandFacts, words: readonly string[]) {
  const flags = new Map<string, string>();
  let awaited: string | null = null;
  let args = 0;
  for (const word of words) {
    const [, long, , value] = /^--([a-z-]+)(=(.*))?$/s.exec(word) ?? [];
    const char = /^-([a-zA-Z])$/.exec(word)?.[1];
    const name: string | undefined =
      long ?? Object.keys(facts).find((one) => facts[one]!.char === char && char !== undefined);
    if (awaited !== null) {
      flags.set(awaited, word);
      awaited = null;
    } else if (name === undefined || !Object.hasOwn(facts, name)) {
      if (!word.startsWith('-')) args++;
    } else if (facts[name]!.type === 'option' && value === undefined) awaited = name;
    else flags.set(name, value ?? '');
  }
  return { flags, awaited, args };
}

function flagWords({ flags }: CommandFacts, given: ReadonlyMap<string, string>): Place['words'] {
  return Object.entries(flags)
    .filter(([name, { hidden, multiple }]) => hidden !== true && (multiple === true || !given.has(name)))
    .map(([name, { summary = '' }]) => [`--${name}`, summary] as const);
}

type Value = Pick<Place, 'words' | 'kind'>;

function known(words: readonly string[]): Value {
  return { kind: 'none', words: words.map((word) => [word, ''] as const) };
}

function of(kind: Kind): Value {
  return { kind, words: null };
}

function valueAt(id: string, flag: string, { options, helpValue }: FlagFacts): Value {
  if (options !== undefined) return known(options);
  // A policy may be a file of code.
  if (helpValue === 'PATH' || helpValue === 'FILE' || helpValue === 'POLICY') return of('files');
  if (flag === 'kind') return known(EVENT_KINDS);
  if (flag === 'prefix' && id === 'user:add') return of('none');
  if (flag === 'for') return known(['in-sync', 'no-split-brain', 'serving', 'member:']);
  return of(OF_FLAGS[flag] ?? 'none');
}

const OF_FLAGS: Readonly<Record<string, Kind>> = {
  ...{ node: 'addresses', context: 'contexts', prefix: 'keys', key: 'keys', island: 'members', promote: 'members' },
};

function argumentOf(id: string, arg: string): Value {
  if (id === 'cluster:settings') return arg === 'key' ? known(SETTINGS) : of('none');
  if (id.startsWith('context:')) return of(id === 'context:add' ? 'none' : 'contexts');
  if (id === 'user:password' || id === 'user:remove') return of('users');
  // A start is typed there whole, with its files.
  if (id.startsWith('service:')) return of('files');
  return of(OF_ARGUMENTS[arg] ?? 'none');
}

const OF_ARGUMENTS: Readonly<Record<string, Kind>> = {
  ...{
    member: 'members',
    first: 'members',
    second: 'members',
    group: 'members',
    key: 'keys',
    id: 'incidents',
    file: 'files',
  },
};

const SETTINGS = [
  ...['on-heal', 'partition-mode', 'anonymous-clients', 'set-aside-days', 'failure-timeout', 'clock-skew-limit'],
];
