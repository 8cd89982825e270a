import { describe, expect, test } from '@jest/globals';
import type { AdminVerb } from '../../src/admin/protocol/api.js';
import { checkShape } from '../../src/admin/server/request-shape.js';

describe('a request of the admin API', () => {
  test.each<[AdminVerb, object, string]>([
    ['DECIDE', { plan: 'x', decisions: {} }, 'a list of decisions as "decisions", not {}'],
    [
      'DECIDE',
      { plan: 'x', picks: [{ keyBase64: '', database: 0, candidates: 5, stands: 0 }] },
      'a list of picks as "picks"',
    ],
    ['CHANGES', { keys: 'k' }, 'a list of keys as "keys", not "k"'],
    ['CHANGES', { known: [{ seqs: null, floors: {} }] }, 'a list of a vector as "known"'],
    ['RESOLVE', {}, 'a strategy as "strategy", not nothing'],
    ['RESOLVE', { strategy: { kind: 'merge', policy: null } }, 'a strategy as "strategy"'],
    ['ENTRY', { database: 0 }, 'a text as "keyBase64", not nothing'],
    ['LIST', { database: 0, cursor: -1, limit: 1 }, 'a whole number as "cursor", not -1'],
    ['LIST', { database: 0, cursor: 0, limit: 1e308 }, 'a whole number as "limit"'],
    ['DRILL', { cut: 'b' }, 'a list of a text as "cut"'],
    ['SET', { key: '__proto__', value: {} }, 'a text as "value", not {}'],
    ['EVENTS', { kinds: [1] }, 'a list of a text as "kinds"'],
    ['USER', { action: ['add'], name: 'x' }, 'a text as "action"'],
  ])('%s %j is refused by the name of the field', (verb, request, words) => {
    expect(() => checkShape(verb, request)).toThrow(`MNEME ${verb} takes ${words}`);
  });

  test('that has what it has to have passes, also with more than that', () => {
    checkShape('STATUS', { of: 'a newer one' });
    checkShape('UNDO', { incident: 'latest', dryRun: true, limit: 5, prefixBase64: '' });
    checkShape('RESOLVE', { strategy: { kind: 'merge', policy: { prefer: 'a' } }, ask: true });
    checkShape('CHANGES', { known: [{ seqs: { 'a.1': 5 }, floors: {} }], cursor: { origin: 0, seq: 1 } });
  });
});
