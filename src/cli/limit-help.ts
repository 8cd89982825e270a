import { LIMIT_NAMES, LIMITS } from '../node/limits.js';
import { humanDuration } from '../operations/common/durations.js';
import { humanBytes } from '../operations/common/sizes.js';

/** Every limit with its usual value and what it is of, for help. */
export const LIMIT_HELP = LIMIT_NAMES.map((name) => {
  const { unit, usual, words } = LIMITS[name];
  const value = unit === 'bytes' ? humanBytes(usual) : unit === 'time' ? humanDuration(usual) : String(usual);
  return `${name} (${usual === 0 ? 'none' : value}): ${words}`;
}).join('\n');
