import type { Prng } from '../sim/prng.js';
import { mutated, word } from './mutate.js';
import { inPieces } from './requests.js';
import { request } from './talk.js';

/** All but those that end a node, by right. Every field of each, some of them as they should be. */
const VERBS = [
  ...['STATUS', 'REPLICA', 'DIGESTS', 'BUCKET', 'ENTRY', 'LIST', 'PLAN', 'CHANGES', 'DECIDE', 'RESOLVE', 'INCIDENTS'],
  ...[
    'SETASIDE',
    'UNDO',
    'SETTINGS',
    'FORGET',
    'DRILL',
    'HEALTH',
    'ENGINE',
    'USERS',
    'USER',
    'LIMITS',
    'PULSE',
    'PREFIXES',
    'EVENTS',
    'NOSUCH',
  ],
];
const FIELDS = [
  ...[
    'values',
    'buckets',
    'database',
    'keyBase64',
    'cursor',
    'limit',
    'offset',
    'prefixBase64',
    'strategy',
    'plan',
    'undecided',
  ],
  ...[
    'groups',
    'known',
    'upto',
    'keysOnly',
    'keys',
    'decisions',
    'picks',
    'incident',
    'ask',
    'asked',
    'exact',
    'dryRun',
    'node',
  ],
  ...[
    'force',
    'cut',
    'action',
    'name',
    'role',
    'password',
    'key',
    'value',
    'only',
    'island',
    'prefix',
    'seq',
    'since',
    'kinds',
  ],
];

/** Some admin requests, right ones and others. */
export function verbs(random: Prng): Buffer[] {
  const all = Array.from({ length: random.between(1, 4) }, () => {
    const json = Buffer.from(JSON.stringify(body(random)));
    return request('MNEME', random.pick(VERBS), random.chance(0.2) ? mutated(random, json) : json, word(random));
  });
  return inPieces(random, Buffer.concat(all));
}

// ---

function body(random: Prng): unknown {
  if (random.chance(0.05)) return value(random, 3);
  return Object.fromEntries(
    Array.from({ length: random.between(0, 7) }, () => [random.pick(FIELDS), value(random, 0)]),
  );
}

function value(random: Prng, depth: number): unknown {
  switch (random.between(0, depth > 6 ? 4 : 8)) {
    case 0:
      return random.pick([0, 1, -1, 4095, 4096, 1e308, 2 ** 53, 0.5]);
    case 1:
      return word(random);
    case 2:
      return random.pick([true, false, null]);
    case 3:
      return Buffer.from(word(random)).toString('base64');
    case 4:
      return random.pick(['status', 'add', 'remove', 'merge', 'promote', 'lww', 'split-brain', 'latest', 'a', 'b']);
    case 5:
      return Array.from({ length: random.between(0, 4) }, () => value(random, depth + 1));
    case 6:
      return {
        kind: random.pick(['merge', 'promote', 'x']),
        policy: value(random, depth + 1),
        node: value(random, depth + 1),
      };
    default:
      return { [random.pick(FIELDS)]: value(random, depth + 1), [word(random)]: value(random, depth + 1) };
  }
}
