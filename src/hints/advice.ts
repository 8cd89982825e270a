/**
 * What to do next, as errors, problems and status carry it: one text, whose first line is a command that can be pasted as it stands,
 * and whose other lines are prose beside it, such as when else. Where no command helps, all of it is prose.
 */
export function advice(command: string, note: string): string {
  return `${command}\n${note}`;
}

export interface Advice {
  /** null: none helps. */
  readonly command: string | null;
  readonly note: string | null;
}

export function readAdvice(text: string | null): Advice {
  if (text === null || text === '') return { command: null, note: null };
  const [first = '', ...rest] = text.split('\n');
  if (!PROGRAMS.test(first)) return { command: null, note: text };
  return { command: first, note: rest.length === 0 ? null : rest.join('\n') };
}

/** The text again, of what was taken apart. */
export function adviceOf({ next, note }: { next: string | null; note: string | null }): string | null {
  return next === null ? note : note === null ? next : advice(next, note);
}

/** A command as it asks the node at this address, unless it names a node or takes none; null: where commands ask anyway. */
export function commandAt(command: string, address: string | null): string {
  if (address === null || !command.startsWith('mneme ') || / --node[ =]/.test(command) || WITHOUT_NODE.test(command))
    return command;
  return `${command} --node ${address}`;
}

/** A word of a command as a shell takes it: in single quotes unless it is plain. */
export function quoteWord(text: string): string {
  return /^[\w.:/@%+,=-]+$/.test(text) && !text.startsWith('-') ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const WITHOUT_NODE =
  /^mneme (-|(backup inspect|cluster (join|secret|start)|completion|context (list|remove|show|use)|demo|help|service)( |$))/;

/** What a command begins with: programs that an operator has at hand. */
const PROGRAMS = /^(mneme|chmod|df|dmesg|ls|mkdir|ps|redis-cli|ss|timedatectl|valkey-cli)( |$)/;
