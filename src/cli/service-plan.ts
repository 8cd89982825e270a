import { Parser } from '@oclif/core';
import { DEFAULT_ADDRESS } from '../admin/protocol/address.js';
import { OperatorError } from '../core/model/errors.js';
import { foundingFlags, hiddenFoundingFlags, joinFlags, nodeFlags, startFlags } from './node-flags.js';
import { addressesOf, localAddressOf, nodePlanOf } from './node-plan.js';

/** A node as a service manager is to run it. */
export interface ServicePlan {
  readonly name: string;
  readonly memoryOnly: boolean;
  readonly listen: string;
  /** Where it is asked, on its own machine. */
  readonly localAddress: string;
  /** Of the program, and its arguments, without --name and --dir. */
  readonly words: readonly string[];
  /** Files that the node reads, by the flags that name them. */
  readonly files: readonly { readonly flag: string; readonly path: string }[];
}

/** The flags that name files which their owner alone may read. */
const FILE_FLAGS = ['secret-file', 'tls-cert', 'tls-key', 'tls-ca'];

/**
 * Reads what would be typed after `mneme cluster`: start or join, and its flags; default: start.
 * @throws OperatorError `usage` for what a service must not have
 */
export async function servicePlanOf(typed: readonly string[]): Promise<ServicePlan> {
  const [first = 'start', ...others] = typed;
  const isVerb = first === 'start' || first === 'join';
  const verb = isVerb ? first : 'start';
  const rest = isVerb ? others : [...typed];
  if (rest.includes('--json'))
    throw new OperatorError('usage', 'what comes after -- is for the node', 'Give --json before it.');
  const flags = await withoutEnvironment(() => (verb === 'start' ? startFlagsOf(rest) : joinFlagsOf(rest)));
  refuseFlags(flags);
  const { name, listen = DEFAULT_ADDRESS } = flags.plan;
  const files = FILE_FLAGS.flatMap((flag) => {
    const path = flags.typed[flag];
    return typeof path === 'string' && path !== 'none' ? [{ flag, path }] : [];
  });
  const memoryOnly = flags.typed['memory-only'] === true;
  const { discover, new: isNew } = flags.typed;
  if (memoryOnly && verb === 'start' && discover === undefined && isNew !== true) throw comesBackAlone();
  const words = ['cluster', verb, ...withoutFlag(rest, 'name')].flatMap((word) => apart(word, files));
  return { name, memoryOnly, listen, localAddress: localAddressOf(listen), words, files };
}

// ---

interface Typed {
  readonly typed: Readonly<Record<string, unknown>>;
  readonly plan: { readonly name: string; readonly listen?: string };
}

/** A directory that is not there, so that what another node remembers here is not taken for this one's. */
const NOWHERE = '/nonexistent/mneme';

/** What this shell says beside the words is not there when the service manager starts the node. */
async function withoutEnvironment<T>(read: () => Promise<T>): Promise<T> {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith('MNEME_'));
  for (const [name] of own) delete process.env[name];
  try {
    return await read();
  } finally {
    Object.assign(process.env, Object.fromEntries(own));
  }
}

async function startFlagsOf(words: string[]): Promise<Typed> {
  const { flags } = await Parser.parse(words, { flags: { ...nodeFlags, ...foundingFlags, ...startFlags } });
  return { typed: flags, plan: nodePlanOf({ ...flags, ...placeOf(flags) }) };
}

async function joinFlagsOf(words: string[]): Promise<Typed> {
  const { flags, argv } = await Parser.parse(words, {
    flags: { ...nodeFlags, ...hiddenFoundingFlags, ...joinFlags },
    strict: false,
  });
  const joins = { addresses: (argv as string[]).flatMap(addressesOf), setAsideData: false };
  return { typed: flags, plan: nodePlanOf({ ...flags, ...placeOf(flags) }, joins) };
}

function placeOf(flags: { 'memory-only'?: boolean | undefined; dir?: string | undefined }): { dir?: string } {
  return flags['memory-only'] === true || flags.dir !== undefined ? {} : { dir: NOWHERE };
}

function refuseFlags({ typed }: Typed): void {
  const given = ['detach', 'log-file', 'dir', 'set-aside-data'].find(
    (name) => typed[name] !== undefined && typed[name] !== false,
  );
  if (given !== undefined) throw new OperatorError('usage', `a service does without --${given}`, WHY[given] ?? null);
  if (typeof typed.engine === 'string' && /\/\/[^/]*@/.test(typed.engine)) {
    const hint = 'Leave --engine out, and write MNEME_ENGINE=URL into the environment file that the unit names.';
    throw new OperatorError('usage', 'whoever reads the unit would read the password of the Redis', hint);
  }
}

const WHY: Readonly<Record<string, string>> = {
  detach: 'The service manager runs it in the foreground, and keeps its log.',
  'log-file': 'The service manager keeps its log.',
  dir: 'Its data lies where the unit says: StateDirectory.',
  'set-aside-data': 'It would be done at every start: do it once by hand.',
};

/** A start without data founds a cluster, or is refused by those who know the node yet. */
function comesBackAlone(): OperatorError {
  return new OperatorError(
    'usage',
    'a memory-only node comes back without data, and a start would not bring it into its cluster again',
    'Say where the others are: join ADDRESS,ADDRESS in the place of start, or --discover SPEC --expect N. If there are to be no others: --new.',
  );
}

/** `--secret-file=PATH` in two words, so that it is found as the file that it names. */
function apart(word: string, files: ServicePlan['files']): string[] {
  const file = files.find(({ flag, path }) => word === `--${flag}=${path}`);
  return file === undefined ? [word] : [`--${file.flag}`, file.path];
}

function withoutFlag(words: readonly string[], flag: string): string[] {
  const at = words.indexOf(`--${flag}`);
  const kept = at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 2)];
  return kept.filter((word) => !word.startsWith(`--${flag}=`));
}
