import type { CommandDefinition } from '../../src/fronts/resp/commands/definition.js';
import { COMMANDS } from '../../src/fronts/resp/commands/registry.js';
import type { Prng } from '../sim/prng.js';
import { mutated, noise, word } from './mutate.js';
import { request } from './talk.js';

/** What an operator may do to other clients by right, and what would be no fault where everybody is one. */
const ACTS = new Set(['client|pause', 'client|kill', 'config|set', 'monitor', 'mneme']);

const ALL = COMMANDS.all.flatMap((command) => [command, ...(command.subcommands ?? [])]);

/** Some requests of a client, right ones and others, in pieces that end anywhere. */
export function requests(random: Prng, isOperator: boolean): Buffer[] {
  const commands = isOperator ? ALL.filter(({ name }) => !ACTS.has(name)) : ALL;
  const all = Array.from({ length: random.between(1, 12) }, () => one(random, random.pick(commands)));
  return inPieces(random, Buffer.concat(all));
}

export function inPieces(random: Prng, bytes: Buffer): Buffer[] {
  const at = random.between(0, bytes.length);
  return random.chance(0.5) ? [bytes] : [bytes.subarray(0, at), bytes.subarray(at)];
}

// ---

function one(random: Prng, command: CommandDefinition): Buffer {
  if (random.chance(0.05)) return noise(random, 200);
  const bytes = request(...command.name.split('|'), ...argumentsOf(random, command));
  return random.chance(0.3) ? mutated(random, bytes) : bytes;
}

function argumentsOf(random: Prng, { arity, keys }: CommandDefinition): string[] {
  const count = random.chance(0.2) ? random.between(0, 8) : Math.abs(arity) - 1 + random.between(0, arity < 0 ? 3 : 0);
  return Array.from({ length: count }, (_, i) =>
    i === 0 && keys !== undefined ? `k${random.between(0, 20)}` : word(random),
  );
}
