import type { CommandDefinition } from './definition.js';

/** A subcommand of CLIENT or COMMAND: what they have in common, and the rest as given. */
export function subcommand(
  container: 'client' | 'command',
  own: Pick<CommandDefinition, 'name' | 'arity' | 'since' | 'summary' | 'handle'> & Partial<CommandDefinition>,
): CommandDefinition {
  const flags: CommandDefinition['flags'] =
    container === 'client' ? ['noscript', 'loading', 'stale'] : ['loading', 'stale'];
  const group = container === 'client' ? 'connection' : 'server';
  return { flags, categories: ['connection'], group, ...own, name: `${container}|${own.name}` };
}

/** The lines of CLIENT HELP and COMMAND HELP. */
export function helpLines(container: CommandDefinition): string[] {
  const name = container.name.toUpperCase();
  const lines = (container.subcommands ?? []).flatMap((sub) => [
    sub.name.slice(container.name.length + 1).toUpperCase(),
    `    ${sub.summary}.`,
  ]);
  return [`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`, ...lines];
}
