import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../../core/model/errors.js';
import { type RememberedOptions, readRemembered, rememberedOf, type StartOptions } from '../../node/start-options.js';

/** How a node was started the last time: a start that says less comes back as what it was. */
export interface FormerStart {
  readonly name: string;
  /** The replica whose journal is beside this file; null: written by a version that did not say. */
  readonly replica: string | null;
  readonly listen: string;
  /** All that is remembered. The URL of a Redis with its password: the file is its owner's alone to read. */
  readonly options: RememberedOptions;
  /** Settings that were asked for when it was to found a cluster: a start that asks for them again asks for nothing new. */
  readonly founding: Readonly<Partial<Record<FoundingKey, string>>>;
}

export type FoundingKey = 'on-heal' | 'failure-timeout';

/** The settings that a start asks for, as they are written. */
export function foundingOf(asked: {
  onHeal?: string | undefined;
  failureTimeoutMs?: number | undefined;
}): FormerStart['founding'] {
  const { onHeal, failureTimeoutMs } = asked;
  return {
    ...(onHeal === undefined ? {} : { 'on-heal': onHeal }),
    ...(failureTimeoutMs === undefined ? {} : { 'failure-timeout': `${failureTimeoutMs}ms` }),
  };
}

const FILE = 'node.json';

/** What the data directory remembers; null if there was no node yet. */
export function readFormerStart(dir: string): FormerStart | null {
  const path = join(dir, FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // No directory, or a new one. One that cannot be read at all is told of when the data is opened.
    return null;
  }
  try {
    const read = JSON.parse(text) as Record<string, unknown>;
    const options = readRemembered(read);
    const { name, listen } = options;
    if (name !== undefined && listen !== undefined) {
      const replica = typeof read.replica === 'string' ? read.replica : null;
      const { founding } = read;
      return { name, listen, replica, options, founding: typeof founding === 'object' ? { ...founding } : {} };
    }
  } catch {
    // Told below: the file is no JSON.
  }
  throw new OperatorError(
    'data-corrupt',
    `${path} does not say how the node was started.`,
    'remove the file and give --name and --listen',
  );
}

export function writeFormerStart(
  dir: string,
  options: StartOptions & { readonly name: string; readonly listen: string },
  { replica = null, founding = {} }: Partial<Pick<FormerStart, 'replica' | 'founding'>> = {},
): void {
  const path = join(dir, FILE);
  const text = `${JSON.stringify({ replica, ...rememberedOf(options), founding }, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  writeFileSync(`${path}.partial`, text, { mode: 0o600 });
  renameSync(`${path}.partial`, path);
}

/** The directories beside this one in which nodes have run, by their names. */
export function formerNodesIn(place: string): string[] {
  try {
    return readdirSync(place)
      .filter((name) => existsSync(join(place, name, FILE)))
      .sort();
  } catch {
    // No such place yet.
    return [];
  }
}
