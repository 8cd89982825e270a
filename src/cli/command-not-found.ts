import { Errors, type Hook } from '@oclif/core';
import { closest } from '../core/model/closest.js';
import { EXIT } from '../core/model/errors.js';
import type { Failure } from './failure.js';
import { pageOf } from './page.js';

/** What was typed is no command: say what there is at the place where it stops to make sense. */
const commandNotFound: Hook.CommandNotFound = async ({ id, config }) => {
  const failure = unknownCommand(id.split(':'), config.commandIDs, config.bin);
  // Of the arguments that oclif hands over, some are missing where a word has a colon.
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ error: failure }, null, 2)}\n`);
  } else {
    const { failureView } = await import('./views/failure.js');
    process.stderr.write(`${failureView({ ...failure, stack: null }, pageOf(process.stderr))}\n`);
  }
  throw new Errors.ExitError(failure.exitCode);
};

export default commandNotFound;

/** `ids` are the commands that there are, as `topic:command`. */
export function unknownCommand(words: readonly string[], ids: readonly string[], bin: string): Failure {
  const known = words.findIndex(
    (_, i) => !ids.some((id) => `${id}:`.startsWith(`${words.slice(0, i + 1).join(':')}:`)),
  );
  const place = words.slice(0, known);
  const typed = [bin, ...place].join(' ');
  const failure = (message: string): Failure => ({
    code: 'usage',
    message,
    next: `${typed} --help`,
    note: null,
    exitCode: EXIT.usage,
  });
  if (ids.includes(place.join(':'))) return failure(`${typed} takes no "${words.slice(known).join(':')}"`);
  const prefix = place.map((word) => `${word}:`).join('');
  const next = ids.filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length).split(':')[0]!);
  const choices = [...new Set(next)].sort();
  const meant = meantBy(words, known, choices, ids);
  const guess = meant === null ? '' : `; did you mean ${[bin, ...meant].join(' ')}?`;
  return failure(
    `"${words.join(' ')}" is no command${guess} After ${typed} comes one of: ${choices.join(', ')}`.replace(
      'command After',
      'command. After',
    ),
  );
}

/** What was probably meant: as much of it as can be guessed. null: nothing is near. */
function meantBy(
  words: readonly string[],
  known: number,
  choices: readonly string[],
  ids: readonly string[],
): string[] | null {
  const word = words[known] ?? '';
  const near = closest(word, choices);
  if (near === null) return known === 0 ? commandOf(word, ids) : null;
  const meant = [...words.slice(0, known), near];
  const after = ids
    .filter((id) => id.startsWith(`${meant.join(':')}:`))
    .map((id) => id.slice(meant.join(':').length + 1));
  const next = closest(words[known + 1] ?? '', after);
  return next === null ? meant : [...meant, next];
}

/** The topic was left out, as with programs that have none: of several, that of the cluster. */
function commandOf(word: string, ids: readonly string[]): string[] | null {
  const names = ids.map((id) => id.split(':').at(-1) ?? '');
  const near = closest(word, names);
  const found = ids.filter((_, i) => names[i] === near);
  return (found.find((id) => id.startsWith('cluster:')) ?? found[0])?.split(':') ?? null;
}
