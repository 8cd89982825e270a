import { Flags, type Interfaces } from '@oclif/core';
import { START_OPTION_LIST, type StartFlags, type StartOption, type StartOptionGroup } from '../node/start-options.js';
import { durationFlag, sizeFlag } from './flags.js';
import { onHealOf } from './on-heal.js';

type FlagsOf<Name extends keyof StartFlags> = Interfaces.FlagInput<Pick<StartFlags, Name>>;

/** The flags of a command that starts a node. What is left out is taken from an existing data directory, else the default. */
export const nodeFlags = {
  ...flagsOf('node'),
  detach: Flags.boolean({ char: 'd', summary: 'run in the background; ends when the node serves' }),
  'log-file': Flags.string({
    helpValue: 'PATH',
    summary: 'log of a node in the background; default: node.log in the data directory',
    dependsOn: ['detach'],
  }),
};

/** Settings of the cluster that a start founds. */
export const foundingFlags = flagsOf('founding');

/** A join takes them only to say what to do instead. */
export const hiddenFoundingFlags = flagsOf('founding', { hidden: true });

export const startFlags = flagsOf('start');
export const joinFlags = flagsOf('join');

// ---

function flagsOf(group: StartOptionGroup, more: { hidden?: boolean } = {}): FlagsOf<keyof StartFlags> {
  const own = START_OPTION_LIST.filter(([, option]) => option.of === group);
  return Object.fromEntries(own.map(([, option]) => [option.flag, { ...flagOf(option), ...more }])) as FlagsOf<
    keyof StartFlags
  >;
}

function flagOf(option: StartOption) {
  const { flag, kind, words, value, choices = [], exclusive, env, max, default: usual } = option;
  const common = {
    summary: words,
    ...(exclusive === undefined ? {} : { exclusive: [...exclusive] }),
    ...(env === undefined ? {} : { env }),
    ...(value === undefined ? {} : { helpValue: value }),
  };
  switch (kind) {
    case 'switch':
      // What is remembered must be possible to end.
      return Flags.boolean({ ...common, ...(option.remembered && usual === false ? { allowNo: true } : {}) });
    case 'choice':
      return Flags.option({ ...common, options: choices })();
    case 'bytes':
      return sizeFlag(common);
    case 'milliseconds':
      return durationFlag(common);
    case 'count':
      return Flags.integer({ ...common, min: 1, ...(max === undefined ? {} : { max }) });
    case 'texts':
      return Flags.string({ ...common, multiple: true, multipleNonGreedy: true });
    default:
      return Flags.string({ ...common, ...(flag === 'on-heal' ? { parse: (text) => onHealOf(text) } : {}) });
  }
}
