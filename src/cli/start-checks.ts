import { OperatorError } from '../core/model/errors.js';
import { harmless, isNodeName, NAME_RULE } from '../core/model/names.js';
import type { EvictionPolicy } from '../core/store/eviction.js';
import { parseTarget } from '../engines/redis/target.js';
import { advice } from '../hints/advice.js';
import type { StartFlags } from '../node/start-options.js';
import { type FormerStart, type FoundingKey, foundingOf } from '../operations/cluster/former-start.js';

/** What a start is told to do it does, or refuses: these say where a flag would be without effect. All throw OperatorError. */

/** An empty store takes a quarter of this. */
const MEMORY_MIN = 1024 ** 2;

/** A directory without data can be no former member's. */
export function checkLife(flags: StartFlags, dir: string | null, former: FormerStart | null): void {
  if (flags['still-member'] !== true || former !== null) return;
  throw new OperatorError(
    'usage',
    `--still-member is for a directory with a node's data, and ${dir} has none`,
    'name that directory with --dir PATH, or leave --still-member out',
  );
}

/** The settings of a cluster that there is are its own: a start that comes back to it, or a join, would not change them. */
export function checkFounding(
  flags: StartFlags,
  join: { addresses: string[] } | undefined,
  former: FormerStart | null,
): void {
  const asked = foundingOf({ onHeal: flags['on-heal'], failureTimeoutMs: flags['failure-timeout'] });
  for (const [key, value] of Object.entries(asked)) {
    if (join !== undefined) throw joins(key, value, join.addresses[0]);
    // What was asked for at the start that founded it stays in the command of a service manager.
    if (former !== null && former.founding?.[key as FoundingKey] !== value) throw comesBack(key, value, former.name);
  }
}

export function checkDiscovery(
  discover: readonly string[],
  { expect }: StartFlags,
  join: { addresses: string[] } | undefined,
): void {
  if (expect !== undefined && discover.length === 0)
    throw new OperatorError(
      'usage',
      `--expect ${expect} needs a way to find them`,
      'add --discover SPEC, such as --discover dns:NAME',
    );
  if (join !== undefined && join.addresses.length === 0 && discover.length === 0)
    throw new OperatorError(
      'usage',
      'it is not said where the cluster is',
      'name a member, ADDRESS, or add --discover SPEC',
    );
}

export function checkEngine(engine: string | undefined, keys: string | undefined): void {
  if (engine !== undefined) parseTarget(engine, keys);
  else if (keys !== undefined)
    throw new OperatorError('usage', '--keys is for nodes beside a Redis', 'add --engine redis://HOST:PORT');
}

export function checkMemory(maxMemory: number, eviction: EvictionPolicy, engine: string | undefined): void {
  if (engine !== undefined && (maxMemory > 0 || eviction !== 'noeviction')) {
    const message =
      '--max-memory and --eviction are for nodes that hold their entries themselves: a Redis has a limit of its own, and a ' +
      'node beside one must keep what Redis evicts';
    throw new OperatorError('usage', message, 'set maxmemory and maxmemory-policy in that Redis');
  }
  if (maxMemory > 0 && maxMemory < MEMORY_MIN) {
    throw new OperatorError('usage', `--max-memory ${maxMemory} is too little`, 'take at least 1mb, or 0 for no limit');
  }
  if (maxMemory === 0 && eviction !== 'noeviction') {
    throw new OperatorError('usage', `--eviction ${eviction} needs a limit`, 'add --max-memory SIZE');
  }
}

export function checkName(name: string): void {
  if (isNodeName(name)) return;
  throw new OperatorError('usage', `"${harmless(name)}" cannot be a node's name`, `use ${NAME_RULE}`);
}

function joins(key: string, value: string, member: string | undefined): OperatorError {
  const node = member === undefined ? '' : ` --node ${member}`;
  return new OperatorError(
    'usage',
    `--${key} is for the node that founds a cluster: one that joins takes the setting that the cluster has`,
    advice(`mneme cluster settings ${key} ${value}${node}`, `To change it there. Join without --${key}.`),
  );
}

function comesBack(key: string, value: string, name: string): OperatorError {
  return new OperatorError(
    'usage',
    `--${key} is for the start that founds a cluster: ${name} comes back to the one that it has`,
    advice(
      `mneme cluster settings ${key} ${value}`,
      `To change it there, once ${name} runs. Start it without --${key}.`,
    ),
  );
}
