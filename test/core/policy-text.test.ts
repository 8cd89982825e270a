import { describe, expect, test } from '@jest/globals';
import { bytesToId } from '../../src/core/model/bytes.js';
import { type Entry, fullKey } from '../../src/core/model/entry.js';
import { policyText, readPolicy, ruleFor } from '../../src/core/model/policy-text.js';
import { makePlan, type PlanIsland } from '../../src/core/resolution/plan.js';
import type { Strategy } from '../../src/core/resolution/strategy.js';
import { A, A1, B, B1, entry, NOW_MS, vector } from './samples.js';

const same = (name: string): string => name;
const read = (text: string) => readPolicy(text, same);
const rulesOf = (text: string) => {
  const policy = read(text);
  return policy?.policy === 'by-prefix' ? policy.rules : [];
};

describe('a policy as a text', () => {
  test.each([
    ['lww', 'lww'],
    ['prefer:a', 'prefer:a'],
    ['session:=lww,cart:=prefer:a,=keep-longest-ttl', '=keep-longest-ttl,cart:=prefer:a,session:=lww'],
    ['# a note\n\npay:=manual\n cart: = prefer:a \n', 'cart:=prefer:a,pay:=manual'],
    ['"a,b=c\\u0000"=lww', '"a,b=c\\u0000"=lww'],
    ['a=b=lww', '"a=b"=lww'],
    ['base64:/wA==lww', 'base64:/wA==lww'],
  ])('%j reads back as what it says', (text, canonical) => {
    expect(policyText(read(text)!, same)).toBe(canonical);
    expect(read(canonical)).toEqual(read(policyText(read(canonical)!, same)));
  });
  test.each([
    ['cart:=latest', '"cart:=latest" is no rule'],
    ['cart:=lww,session', '"session" is no rule'],
    ['cart:=lww,cart:=manual', 'there are two rules for cart:'],
    ['=lww,=manual', 'there are two rules for all other keys'],
    ['"cart=lww', 'is no JSON string'],
    ['cart:=prefer:', '"cart:=prefer:" is no rule'],
  ])('%j is refused, with the rule', (text, problem) => expect(() => read(text)).toThrow(problem));
  test.each(['newest', '', 'prefer:', 'manual'])('%j is none', (text) => expect(read(text)).toBeNull());
  test('gives a key to the longest beginning, whatever the order, and the last write to the rest', () => {
    const rules = rulesOf('c=lww,cart:=manual,cart:1=keep-longest-ttl');
    const policies = ['cart:12', 'cart:2', 'cap', 'other', ''].map((key) => ruleFor(rules, key).policy);
    expect(policies).toEqual(['keep-longest-ttl', 'manual', 'lww', 'lww', 'lww']);
  });
});

describe('a merge by rules', () => {
  const island = (replica: string, origin: string, hlc: number, expiryMs: number): PlanIsland => {
    const keys = ['cart:1', 'pay:1', 'other'].map((key) => fullKey(3, Buffer.from(key)));
    const entries = keys.map(
      (key, i): Entry => ({ ...entry('', `of ${origin}`, { hlc, origin, seq: i + 1 }), key, expiryMs }),
    );
    const changed = new Map(entries.map((one) => [bytesToId(one.key), one]));
    return { replicas: [replica], vector: vector({ [origin]: 9 }), changed };
  };
  const islands = [island(A, A1, 4096, 0), island(B, B1, 8192, NOW_MS + 5000)];
  const planBy = (strategy: Strategy, decisions = new Map()) =>
    makePlan({
      strategy,
      decisions,
      islands,
      own: (key) => islands[0]!.changed.get(bytesToId(key)),
      fence: null,
      skewMs: 0,
      nowMs: NOW_MS,
    });

  test('decides each key as its rule says, in every database, and leaves to the operator what is manual', () => {
    const { items, counts } = planBy({
      kind: 'merge',
      ...readPolicy('cart:=prefer:a,pay:=manual,=keep-longest-ttl', () => A)!,
    });
    expect(items.map(({ outcome, reason, manual }) => [outcome, reason, manual])).toEqual([
      [0, 'preferred island', false],
      [0, 'lives longest', false],
      [1, 'left to the operator', true],
    ]);
    expect(counts.manual).toBe(1);
  });

  test('has nothing left to the operator once that is picked', () => {
    const key = bytesToId(fullKey(3, Buffer.from('pay:1')));
    const candidates = islands.map(({ changed }) => changed.get(key)!);
    const otherwise = read('pay:=manual')!;
    const strategy = { kind: 'merge', policy: 'custom', name: 'picks', otherwise } as const;
    expect(planBy(strategy).counts.manual).toBe(1);
    const { counts, items } = planBy(strategy, new Map([[key, { candidates, stands: candidates[0]!, picked: true }]]));
    expect([counts.manual, items[2]]).toMatchObject([0, { outcome: 0, pick: 'held', reason: 'picked', manual: false }]);
  });
});
