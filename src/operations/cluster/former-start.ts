import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from '../../core/model/errors.js';
import { EVICTION_POLICIES, type EvictionPolicy } from '../../core/store/eviction.js';

/** How a node was started the last time: a start that says less comes back as what it was. */
export interface FormerStart {
  readonly name: string;
  /** The replica whose journal is beside this file; null: written by a version that did not say. */
  readonly replica?: string | null;
  readonly listen: string;
  readonly advertise: string | null;
  readonly fsync: 'grouped' | 'always';
  /** With its password: the file is its owner's alone to read. */
  readonly engine?: string;
  readonly keys?: string;
  readonly discover?: readonly string[];
  readonly expect?: number;
  /** Bytes. */
  readonly maxMemory?: number;
  readonly eviction?: EvictionPolicy;
  readonly allowDrills?: boolean;
  readonly logFormat?: 'text' | 'json';
  /** Settings that were asked for when it was to found a cluster: a start that asks for them again asks for nothing new. */
  readonly founding?: Readonly<Partial<Record<FoundingKey, string>>>;
}

export type FoundingKey = 'on-heal' | 'failure-timeout';

/** The settings that a start asks for, as they are written. */
export function foundingOf(asked: {
  onHeal?: string | undefined;
  failureTimeoutMs?: number | undefined;
}): NonNullable<FormerStart['founding']> {
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
    const { name, replica, listen, advertise, fsync, engine, keys, maxMemory, eviction } = read;
    const { allowDrills, discover, expect, founding, logFormat } = read;
    if (typeof name === 'string' && typeof listen === 'string') {
      return {
        name,
        replica: typeof replica === 'string' ? replica : null,
        listen,
        advertise: typeof advertise === 'string' ? advertise : null,
        fsync: fsync === 'always' ? 'always' : 'grouped',
        ...(typeof engine === 'string' ? { engine } : {}),
        ...(typeof keys === 'string' ? { keys } : {}),
        ...(typeof maxMemory === 'number' ? { maxMemory } : {}),
        ...(isPolicy(eviction) ? { eviction } : {}),
        ...(isTexts(discover) ? { discover } : {}),
        ...(typeof expect === 'number' ? { expect } : {}),
        ...(allowDrills === true ? { allowDrills } : {}),
        ...(logFormat === 'json' ? { logFormat } : {}),
        ...(typeof founding === 'object' && founding !== null ? { founding } : {}),
      };
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

export function writeFormerStart(dir: string, start: FormerStart): void {
  const path = join(dir, FILE);
  const text = `${JSON.stringify(start, null, 2)}\n`;
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

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function isPolicy(value: unknown): value is EvictionPolicy {
  return (EVICTION_POLICIES as readonly unknown[]).includes(value);
}
