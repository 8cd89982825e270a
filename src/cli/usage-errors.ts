import { closest } from '../core/model/closest.js';

/** What the parser of arguments says, and what an operator reads. */
const WORDS: [RegExp, (match: RegExpExecArray, command: string, flags: readonly string[]) => string][] = [
  [/^Nonexistent flags?: (\S+)/, ([, flag = ''], command, flags) => noFlag(flag.replace(/,$/, ''), command, flags)],
  [/^Unexpected arguments?: ([^\n]*)/, ([, words], command) => `${command} takes no "${words}"`],
  [
    /^Missing \d+ required args?:\s*(\S+)\s*([^\n]*)/,
    ([, name = ''], command) => `${command} needs ${name.toUpperCase()}`,
  ],
  [/^Missing required flag (\S+)/, ([, flag], command) => `${command} needs --${flag}`],
  [
    /^Expected (--\S+?)=(.*) to be one of: ([\s\S]*)/,
    ([, flag, value, all]) => `${flag}: "${value}" is none of ${all}`,
  ],
  [
    /^Flag (--\S+) expects (?:a value|one of these values: ([^\n]*))/,
    ([, flag, all]) => `${flag} needs ${all === undefined ? 'a value' : `one of ${all}`}`,
  ],
  [/^Flag (--\S+) can only be specified once/, ([, flag]) => `${flag} is given more than once`],
  [
    /(--\S+?)(?:=\S*)? cannot also be provided when using (--[^\s=]+)/,
    ([, one, other]) => `${one} and ${other} do not go together`,
  ],
  [
    /^(?:[\s\S]*\n)?All of the following must be provided when using (--\S+): (--[^\n]*)/,
    ([, one, other]) => `${one} goes with ${other}`,
  ],
  [
    /^Parsing (--\S+)\s+Expected an integer but received: ([^\n]*)/,
    ([, flag, value]) => `${flag}: "${value}" is no whole number`,
  ],
  [
    /^Parsing (--\S+)\s+Expected an integer less than or equal to (\S+) but received: ([^\n]*)/,
    ([, flag, most, value]) => `${flag}: ${value} is more than ${most}`,
  ],
  [
    /^Parsing (--\S+)\s+Expected an integer greater than or equal to (\S+) but received: ([^\n]*)/,
    ([, flag, least, value]) => `${flag}: ${value} is less than ${least}`,
  ],
];

/** @param flags the names of those that the command takes */
export function usageText(message: string, command: string, flags: readonly string[]): string {
  const text = message
    .replace(/\nSee more help with --help\s*$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .trim();
  for (const [pattern, words] of WORDS) {
    const match = pattern.exec(text);
    if (match !== null) return words(match, command, flags);
  }
  return text;
}

function noFlag(flag: string, command: string, flags: readonly string[]): string {
  const meant = closest(flag.replace(/^--?/, ''), flags);
  return `${command} has no flag ${flag}${meant === null ? '' : `; did you mean --${meant}?`}`;
}
