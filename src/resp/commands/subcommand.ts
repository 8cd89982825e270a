import type { CommandDefinition } from './definition.js';

const FLAGS: Record<'client' | 'command' | 'config', CommandDefinition['flags']> = {
  client: ['noscript', 'loading', 'stale'],
  command: ['loading', 'stale'],
  config: ['admin', 'noscript', 'loading', 'stale'],
};

/** A subcommand of CLIENT, COMMAND or CONFIG: what they have in common, and the rest as given. */
export function subcommand(
  container: 'client' | 'command' | 'config',
  own: Pick<CommandDefinition, 'name' | 'arity' | 'since' | 'summary' | 'handle'> & Partial<CommandDefinition>,
): CommandDefinition {
  const group = container === 'client' ? 'connection' : 'server';
  return {
    flags: FLAGS[container],
    categories: container === 'config' ? ['dangerous'] : ['connection'],
    group,
    ...own,
    name: `${container}|${own.name}`,
  };
}

/** The lines of HELP. */
export function helpLines(container: CommandDefinition): string[] {
  const name = container.name.toUpperCase();
  const lines = (container.subcommands ?? []).flatMap((sub) => [
    sub.name.slice(container.name.length + 1).toUpperCase(),
    `    ${sub.summary}.`,
  ]);
  return [`${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`, ...lines];
}
