import { readFileSync } from 'node:fs';
import { contextInUse } from '../contexts/context-in-use.js';
import { type CommandFacts, type Place, placeOf } from './place.js';
import { FILES_EXIT } from './scripts.js';

/** Whoever waits at a prompt waits no longer than this for all of it. */
const TIME_MS = 800;

/**
 * Prints the words with which a line may go on, one a line, with what each is behind a tab. Never an error: a prompt is no place for one.
 * Ends with FILES_EXIT where the shell is to offer its files.
 * @param root the package, with the manifest of its commands
 * @param typed the words behind `mneme`, the last one begun
 */
export async function complete(root: URL, typed: readonly string[]): Promise<void> {
  const limit = setTimeout(() => process.exit(0), TIME_MS);
  try {
    const { commands } = JSON.parse(readFileSync(new URL('oclif.manifest.json', root), 'utf8')) as {
      commands: Readonly<Record<string, CommandFacts>>;
    };
    const place = placeOf(commands, typed);
    if (place.kind === 'files') process.exitCode = FILES_EXIT;
    const words = await wordsAt(place, typed);
    const fitting = words.filter(([word]) => word.startsWith(place.word));
    process.stdout.write(fitting.map(([word, about]) => `${place.before}${word}\t${about}\n`).join(''));
  } catch {
    // No node answers, or what is typed so far makes no sense: there is nothing to go on with.
  } finally {
    clearTimeout(limit);
  }
  // A connection that is still on its way keeps nobody waiting.
  process.stdout.write('', () => process.exit());
}

// ---

type Word = readonly [word: string, about: string];

async function wordsAt(place: Place, typed: readonly string[]): Promise<readonly Word[]> {
  if (place.words !== null) return place.words;
  if (place.kind === 'none' || place.kind === 'files') return [];
  if (place.kind === 'contexts') {
    const { readContexts } = await import('../contexts/context-file.js');
    return Object.entries(readContexts().contexts).map(([name, { node }]): Word => [name, node]);
  }
  const { wordsOfCluster } = await import('./of-cluster.js');
  // An address that is being typed names no node yet.
  const whole = place.kind === 'addresses' ? typed.slice(0, -1) : typed;
  return wordsOfCluster(place.kind, place, contextInUse(whole, () => {}).inUse);
}
