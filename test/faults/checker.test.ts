import { describe, expect, test } from '@jest/globals';
import { hlcFromMs } from '../../src/core/model/hlc.js';
import { check } from './checker.js';
import type { Evidence, Final, Read, Version, Write } from './history.js';

const START_MS = Date.UTC(2026, 0, 1);
const FINAL_MS = START_MS + 3_600_000;

const at = (second: number): Version => ({ hlc: hlcFromMs(START_MS + second * 1000), origin: 'a' });

/** A SET of `k` through node a, at a second of the run. */
function set(id: string, second: number, more: Partial<Write> = {}): Write {
  return {
    client: 'c',
    node: 'a',
    key: 'k',
    startMs: START_MS + second * 1000,
    endMs: START_MS + second * 1000 + 5,
    kind: 'set',
    id,
    outcome: 'done',
    hadEffect: true,
    ttlMs: null,
    version: at(second),
    waited: null,
    witnesses: [],
    ...more,
  };
}

function get(id: string | null, second: number, version: Version | null, more: Partial<Read> = {}): Read {
  const startMs = START_MS + second * 1000;
  return { client: 'c', node: 'a', key: 'k', startMs, endMs: startMs + 5, kind: 'get', id, version, ...more };
}

/** What was found, by rule: every node has `stands` in the end. */
function rules(operations: Evidence['operations'], stands: string | null, more: Partial<Evidence> = {}): string[] {
  const final: Record<string, Final> = { k: { id: stands } };
  const finals = { a: final, b: final, c: final };
  return check({
    operations,
    finals,
    finalMs: FINAL_MS,
    asides: [],
    setBacks: [],
    incidents: [],
    cuts: [],
    attempts: [],
    removals: [],
    ...more,
  }).map(({ rule }) => rule);
}

describe('what stands in the end', () => {
  test('is the last write that was acknowledged', () => {
    expect(rules([set('1', 1), set('2', 2)], '2')).toEqual([]);
  });

  test('is no earlier one: the last was lost', () => {
    expect(rules([set('1', 1), set('2', 2)], '1')).toEqual(['lost']);
    expect(rules([set('1', 1)], null)).toEqual(['lost']);
  });

  test('may be one whose writer had no reply, but not one that was refused', () => {
    expect(rules([set('1', 1), set('2', 2, { outcome: 'unknown', version: null })], '2')).toEqual([]);
    expect(rules([set('1', 1), set('2', 2, { outcome: 'refused', version: null })], '2')).toEqual(['unwritten']);
  });

  test('may be an earlier one if the later was set aside, also the later delete', () => {
    const asides = [{ key: 'k', id: '2', version: at(2) }];
    expect(rules([set('1', 1), set('2', 2)], '1', { asides })).toEqual([]);
    const deleted = [{ key: 'k', id: null, version: at(2) }];
    expect(rules([set('1', 1), set('2', 2, { kind: 'del' })], '1', { asides: deleted })).toEqual([]);
  });

  test('may be what an undo brought back over a delete of before the resolution, and over no later one', () => {
    const absent = { key: 'k', id: null, version: { hlc: 0, origin: '' } };
    const deleted = [set('1', 1), set('2', 2, { kind: 'del' })];
    const startMs = deleted[1]!.startMs;
    expect(rules(deleted, '1', { asides: [{ ...absent, undoneMs: startMs }] })).toEqual([]);
    expect(rules(deleted, '1', { asides: [{ ...absent, undoneMs: startMs - 60_000 }] })).toEqual(['resurrected']);
    expect(rules(deleted, '1', { asides: [absent] })).toEqual(['resurrected']);
  });

  test('is not accounted for by what was set aside of an earlier write, or of another key', () => {
    expect(rules([set('1', 1), set('2', 2)], null, { asides: [{ key: 'k', id: '1', version: at(1) }] })).toEqual([
      'lost',
    ]);
    expect(rules([set('1', 1), set('2', 2)], '1', { asides: [{ key: 'other', id: '2', version: at(2) }] })).toEqual([
      'lost',
    ]);
  });

  test('is not what was deleted after it: that was resurrected', () => {
    expect(rules([set('1', 1), set('2', 2, { kind: 'del' })], '1')).toEqual(['resurrected']);
    expect(rules([set('1', 1), set('2', 2, { kind: 'del' })], null)).toEqual([]);
    expect(rules([set('1', 1), set('2', 2, { kind: 'del', hadEffect: false, version: null })], '1')).toEqual([]);
  });

  test('may be nothing once an expiry is over, and not before', () => {
    expect(rules([set('1', 1), set('2', 2, { kind: 'setex', ttlMs: 2000 })], null)).toEqual([]);
    expect(rules([set('1', 1), set('2', 2, { kind: 'setex', ttlMs: 9e6 })], null)).toEqual(['lost']);
  });

  test('lacks what a directory that was put back lacked, unless WAIT had said that others have it', () => {
    const setBacks = [{ node: 'a', copiedMs: START_MS + 1500, putBackMs: START_MS + 3000 }];
    expect(rules([set('1', 1), set('2', 2)], '1', { setBacks })).toEqual([]);
    const waited = { waited: 1, witnesses: [{ node: 'b', version: at(2) }] };
    expect(rules([set('1', 1), set('2', 2, waited)], '1', { setBacks })).toEqual(['wait']);
    expect(rules([set('1', 1), set('2', 2, { node: 'b' })], '1', { setBacks })).toEqual(['lost']);
    expect(rules([set('1', 1), set('2', 2), set('3', 4)], '2', { setBacks })).toEqual(['lost']);
  });

  test('lacks what a node that keeps nothing took along, since when the history says, and what others had said to have if they went too', () => {
    const [copiedMs, putBackMs] = [START_MS + 1500, START_MS + 3000];
    const ofA = { node: 'a', copiedMs, putBackMs, isMemory: true } as const;
    const both = [ofA, { ...ofA, node: 'b' }];
    const waited = { waited: 1, witnesses: [{ node: 'b', version: at(2) }] };
    expect(rules([set('1', 1), set('2', 2)], '1', { setBacks: [ofA] })).toEqual([]);
    expect(rules([set('1', 1), set('2', 2)], '1')).toEqual(['lost']);
    expect(rules([set('1', 1), set('2', 4)], '1', { setBacks: [ofA] })).toEqual(['lost']);
    expect(rules([set('1', 1), set('2', 2, waited)], '1', { setBacks: [ofA] })).toEqual(['wait']);
    expect(rules([set('1', 1), set('2', 2, waited)], '1', { setBacks: both })).toEqual([]);
    expect(rules([set('0', 1), set('1', 2), get('0', 3, at(1))], '1', { setBacks: [ofA] })).toEqual([]);
  });

  test('is the same at all nodes', () => {
    const finals = { a: { k: { id: '1' } }, b: { k: { id: '2' } }, c: { k: { id: '2' } } };
    expect(rules([set('1', 1), set('2', 1)], null, { finals })).toContain('unequal');
  });

  test('of two writes without a known version is the later by the clocks, as far as those tell', () => {
    const unknown = { version: null };
    expect(rules([set('1', 1, unknown), set('2', 2, unknown)], '1')).toEqual([]);
    expect(rules([set('1', 1, unknown), set('2', 600, unknown)], '1')).toEqual(['lost']);
  });
});

describe('what islands wrote while they were apart', () => {
  const [separatedMs, detectedMs, resolvedMs] = [100, 200, 210].map((second) => START_MS + second * 1000) as [
    number,
    number,
    number,
  ];
  const incidents = [
    { id: '1', strategy: 'merge lww', islands: [['a'], ['b', 'c']], separatedMs, detectedMs, resolvedMs },
  ];
  const ofA = set('1', 150);
  const ofB = set('2', 160, { node: 'b', client: 'd' });

  test('stands or was set aside', () => {
    const asides = [{ key: 'k', id: '1', version: at(150) }];
    expect(rules([ofA, ofB], '2', { incidents, asides })).toEqual([]);
    expect(rules([ofA, ofB], '2', { incidents })).toEqual(['unrecorded']);
    expect(rules([ofA, { ...ofB, kind: 'del' }], null, { incidents })).toEqual(['unrecorded']);
  });

  test('needs no record where another write of the island may have come after it, or it was written before or after that time', () => {
    expect(rules([ofA, ofB, set('3', 205)], '3', { incidents })).toEqual([]);
    expect(rules([ofA, ofB, set('3', 155, { outcome: 'unknown', version: null })], '2', { incidents })).toEqual([]);
    expect(rules([set('1', 103), ofB], '2', { incidents })).toEqual([]);
    expect(rules([ofA, set('2', 199, { node: 'b' })], '2', { incidents })).toEqual([]);
  });
});

describe('a cut', () => {
  const cuts = [{ node: 'a', others: ['b', 'c'], fromMs: START_MS + 90_000, untilMs: START_MS + 110_000 }];
  const times = { separatedMs: START_MS + 92_000, detectedMs: START_MS + 111_000, resolvedMs: START_MS + 130_000 };
  const incident = { id: '1', strategy: null, islands: [['a'], ['b', 'c']], ...times };
  const both = [set('1', 100), set('2', 101, { node: 'b', key: 'other', outcome: 'done' })];
  const found = (operations: Evidence['operations'], more: Partial<Evidence> = {}) =>
    rules(operations, null, { cuts, ...more }).filter((rule) => rule === 'unnoticed');

  test('on both sides of which clients wrote is recorded', () => {
    expect(found(both)).toEqual(['unnoticed']);
    expect(found(both, { incidents: [incident] })).toEqual([]);
    expect(found(both, { incidents: [{ ...incident, islands: [['a', 'b'], ['c']] }] })).toEqual(['unnoticed']);
    expect(found(both, { incidents: [{ ...incident, resolvedMs: START_MS + 50_000 }] })).toEqual(['unnoticed']);
  });

  test('needs no record where a side that keeps nothing went before it was compared', () => {
    const setBacks = (node: string, second: number) => [
      { node, copiedMs: START_MS, putBackMs: START_MS + second * 1000, isMemory: true } as const,
    ];
    expect(found(both, { setBacks: setBacks('a', 112) })).toEqual([]);
    expect(found(both, { setBacks: setBacks('d', 112) })).toEqual(['unnoticed']);
    expect(found(both, { setBacks: setBacks('a', 150) })).toEqual(['unnoticed']);
  });

  test('needs no record where one side wrote, or neither did before it was noticed', () => {
    expect(found(both.slice(1))).toEqual([]);
    expect(found([set('1', 91), both[1]!])).toEqual([]);
    expect(found([set('1', 100, { outcome: 'unknown' }), both[1]!])).toEqual([]);
  });
});

describe('a user who was removed', () => {
  const removals = [{ user: 'guest', node: 'b', atMs: START_MS, isDone: true, gone: { a: START_MS + 1000 } }];
  const attempt = { user: 'guest', node: 'a', startMs: START_MS + 2000, isOutside: false, isDone: true };
  const before = { ...attempt, startMs: START_MS + 200 };
  const found = ({ attempts = [], ...more }: Partial<Evidence>): string[] =>
    rules([], null, { removals, attempts: [before, ...attempts], ...more });

  test('writes no more where the node has heard of it, unless that was put back from an older copy', () => {
    expect(found({ attempts: [attempt] })).toEqual(['intruder']);
    expect(found({ attempts: [{ ...attempt, isDone: false }] })).toEqual([]);
    expect(found({ attempts: [{ ...attempt, startMs: START_MS + 500 }] })).toEqual([]);
    expect(found({ attempts: [{ ...attempt, node: 'c' }] })).toEqual([]);
    const setBacks = [{ node: 'a', copiedMs: START_MS, putBackMs: START_MS + 1500 }];
    expect(found({ attempts: [attempt], setBacks })).toEqual([]);
  });

  test('may write where the node was asked before it had heard of him', () => {
    expect(rules([], null, { removals, attempts: [attempt] })).toEqual([]);
  });

  test('never writes beside its prefix', () => {
    expect(found({ attempts: [{ ...attempt, startMs: START_MS, isOutside: true }] })).toEqual(['intruder']);
  });
});

describe('WAIT', () => {
  const had = (node: string, version: Version | 'unreachable' | null) => ({ node, version });
  const waited = (waitedFor: number, ...witnesses: Write['witnesses']) =>
    rules([set('1', 2, { waited: waitedFor, witnesses })], '1');

  test('is true if so many have the write or a later one, or cannot be asked', () => {
    expect(waited(1, had('b', at(2)), had('c', null))).toEqual([]);
    expect(waited(2, had('b', at(3)), had('c', 'unreachable'))).toEqual([]);
  });

  test('is false if fewer have it', () => {
    expect(waited(1, had('b', at(1)), had('c', null))).toEqual(['wait']);
    expect(waited(2, had('b', at(2)), had('c', at(1)))).toEqual(['wait']);
  });
});

describe('a read', () => {
  test('gives what was written before, to that key', () => {
    expect(rules([set('1', 1), get('1', 2, at(1))], '1')).toEqual([]);
    expect(rules([set('1', 1), get('7', 2, at(1))], '1')).toEqual(['unwritten']);
    expect(rules([get('1', 1, null), set('1', 2)], '1')).toEqual(['unwritten']);
    expect(rules([set('1', 1), set('2', 1, { key: 'other' }), get('2', 2, at(1))], '1')).toContain('unwritten');
  });

  test('gives its own write or a later one', () => {
    expect(rules([set('1', 2), get('1', 3, at(2))], '1')).toEqual([]);
    expect(rules([set('0', 1), set('1', 2), get('0', 3, at(1))], '1')).toEqual(['own read']);
    expect(rules([set('1', 2), get(null, 3, null)], '1')).toEqual(['own read']);
    const asides = [{ key: 'k', id: '1', version: at(2) }];
    expect(rules([set('1', 2), get(null, 3, null)], null, { asides })).toEqual([]);
    const setBacks = [{ node: 'a', copiedMs: START_MS + 1500, putBackMs: START_MS + 2500 }];
    expect(rules([set('0', 1), set('1', 2), get('0', 3, at(1))], '1', { setBacks })).toEqual([]);
  });

  test('gives nothing whose expiry was over long ago', () => {
    const over = set('1', 1, { kind: 'setex', ttlMs: 1000 });
    expect(rules([over, get('1', 5, at(1))], null)).toEqual([]);
    expect(rules([over, get('1', 60, at(1))], null)).toEqual(['expired']);
  });
});
