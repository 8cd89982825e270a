import { addressesOf, nodePlanOf } from '../cli/node-plan.js';
import { onHealOf } from '../cli/on-heal.js';
import { OperatorError } from '../core/model/errors.js';
import { ANYTHING, FUNCTION, faultOf, type Kinds, SIGNAL, SWITCH, shown, TEXT, TEXTS } from '../core/model/fields.js';
import { bytesOfSize } from '../core/model/sizes.js';
import { faultOfCodec } from '../fronts/library/codec.js';
import { readAdvice } from '../hints/advice.js';
import { START_OPTION_LIST, type StartFlags, type StartOption } from '../node/start-options.js';
import { readFormerStart } from '../operations/cluster/former-start.js';
import type { NodeOptions } from '../operations/cluster/node-options.js';
import type { OpenNodeOptions } from './open-options.js';

type Plan = Omit<NodeOptions, 'log'>;

const ADDRESSES = { ...TEXTS, takes: 'a list of addresses' };
/** Those of the command are looked at as its flags are. */
const KINDS: Kinds = {
  ...Object.fromEntries(START_OPTION_LIST.map(([name]) => [name, ANYTHING])),
  dir: TEXT,
  peers: ADDRESSES,
  join: ADDRESSES,
  clients: SWITCH,
  codec: ANYTHING,
  log: FUNCTION,
  signal: SIGNAL,
};
const CLOSED =
  'NOPERM this node runs inside an application, which keeps its data to itself; it lets clients in when it is opened with clients: true';

/** Before anything of them is used. @throws OperatorError `usage` */
export function checkOptions<V>(options: OpenNodeOptions<V>): void {
  const fault = faultOf('openNode', options, KINDS);
  if (fault !== null) throw usage(fault);
  const faultAtCodec = options.codec === undefined ? null : faultOfCodec(options.codec);
  if (faultAtCodec !== null) throw usage(faultAtCodec);
}

/** What the options come to. @throws OperatorError `usage`, or as the command does, with the names of options in place of flags */
export async function planOf<V>(options: OpenNodeOptions<V>): Promise<Plan> {
  try {
    return await planned(options);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const { code, message, hint } = error;
    throw new OperatorError(code, optionNamesIn(message), typeof hint === 'string' ? hintOf(hint) : hint, {
      cause: error,
    });
  }
}

// ---

async function planned<V>(given: OpenNodeOptions<V>): Promise<Plan> {
  const options = withoutEmptyLists(given);
  const { listen, clients, join, dir, memoryOnly, onHeal } = options;
  if ((dir === undefined) === (memoryOnly !== true))
    throw usage('say where the data goes: give dir, or memoryOnly: true, and not both');
  const hasData = dir !== undefined && options.setAsideData !== true && readFormerStart(dir) !== null;
  const isAlone = listen === false;
  if (isAlone) checkAlone(options);
  const flags = flagsOf({
    ...options,
    ...(isAlone ? { listen: '127.0.0.1:0' } : {}),
    ...(onHeal === undefined ? {} : { onHeal: await onHealOf(onHeal) }),
    ...(hasData && join !== undefined ? { peers: [...(options.peers ?? []), ...join] } : {}),
  });
  const joins =
    join === undefined || hasData
      ? undefined
      : { addresses: addressesOf(join.join(',')), setAsideData: options.setAsideData === true };
  return {
    ...nodePlanOf(flags, joins),
    sharesProcess: true,
    isPortless: isAlone,
    ...(flags.peer === undefined ? {} : { peers: addressesOf(flags.peer) }),
    ...(clients === true ? {} : { closedToClients: CLOSED }),
  };
}

/** As a list that was put together from what there is: nobody to join is nothing said. */
function withoutEmptyLists<V>(options: OpenNodeOptions<V>): OpenNodeOptions<V> {
  const { join, peers, ...rest } = options;
  return {
    ...rest,
    ...(join === undefined || join.length === 0 ? {} : { join }),
    ...(peers === undefined || peers.length === 0 ? {} : { peers }),
  };
}

/** A member has to be reached by the others. */
type OfOthers = Pick<OpenNodeOptions<never>, 'join' | 'peers' | 'discover' | 'clients' | 'listenPlain'>;

function checkAlone({ join, peers, discover, clients, listenPlain }: OfOthers): void {
  const others = Object.entries({ join, peers, discover, listenPlain }).find(([, value]) => value !== undefined);
  if (others !== undefined || clients === true)
    throw usage(`listen: false is for a node that stays alone, and ${others?.[0] ?? 'clients'} needs a port`);
}

function flagsOf<V>(options: OpenNodeOptions<V>): StartFlags {
  const given = START_OPTION_LIST.flatMap(([name, option]) => {
    const value = options[name as keyof typeof options] as unknown;
    return value === undefined ? [] : [[option.flag, flagValue(name, option, value)]];
  });
  return Object.fromEntries(given);
}

function flagValue(name: string, { kind, choices, max }: StartOption, value: unknown): unknown {
  const isFit = (() => {
    switch (kind) {
      case 'switch':
        return typeof value === 'boolean';
      case 'choice':
        return (choices as readonly unknown[]).includes(value);
      case 'texts':
      case 'addresses':
        return Array.isArray(value) && value.every((one) => typeof one === 'string');
      case 'bytes':
        return typeof value === 'string' ? bytesOfSize(value) !== undefined : isCount(value, 0);
      case 'milliseconds':
        return isCount(value, 1);
      case 'count':
        return isCount(value, 1) && value <= (max ?? Number.POSITIVE_INFINITY);
      default:
        return typeof value === 'string';
    }
  })();
  if (!isFit) throw usage(`${name} is ${shown(value)}: it takes ${RANGES[kind] ?? choices?.join(' or ')}`);
  if (kind === 'addresses') return (value as string[]).join(',');
  return kind === 'bytes' && typeof value === 'string' ? bytesOfSize(value) : value;
}

const RANGES: Readonly<Partial<Record<StartOption['kind'], string>>> = {
  text: 'a text',
  path: 'a path',
  texts: 'a list of texts',
  addresses: 'a list of addresses',
  switch: 'true or false',
  bytes: 'a number of bytes, or a text such as 512mb',
  milliseconds: 'a whole number of milliseconds',
  count: 'a whole number from 1 on',
};

function isCount(value: unknown, min: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min;
}

/** A command to paste stays what it is. */
function hintOf(hint: string): string {
  return readAdvice(hint).command === null ? optionNamesIn(hint) : hint;
}

/** The messages of the command, as an application reads them. */
function optionNamesIn(message: string): string {
  return message.replace(/--([a-z][a-z-]*)(?: [A-Z]{2,}\b)?/g, (whole, flag: string) => {
    return START_OPTION_LIST.find(([, option]) => option.flag === flag)?.[0] ?? whole;
  });
}

function usage(message: string): OperatorError {
  return new OperatorError('usage', message);
}
