import { doubleText } from '../../codec/double-text.js';
import { scoreOf } from '../../collection.js';
import { bytesOf } from '../arguments.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { scanParts } from '../part-scan.js';

export const zscanCommand: CommandDefinition = {
  name: 'zscan',
  arity: -3,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) =>
    scanParts(context, args, 'zset', ({ name, value }) => [name, bytesOf(scoreText(scoreOf(value)))]),
};

// ---

/** Integers beyond this are no integers of 64 bits after they were doubled, as Redis checks. */
const WHOLE_MAX = 2 ** 62;

/** As in Redis, scores are texts here, in RESP3 too, and integers have all their digits. */
function scoreText(score: number): string {
  return Number.isInteger(score) && Math.abs(score) < WHOLE_MAX ? String(BigInt(score)) : doubleText(score);
}
