import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Context } from '../../src/core/context.js';
import { Problems } from '../../src/core/membership/problems.js';
import { type IncidentRecord, Records, type SetAside } from '../../src/core/membership/records.js';
import { HybridClock } from '../../src/core/model/hlc.js';
import { finish } from '../../src/core/model/steps.js';
import { Separations } from '../../src/core/partition/separations.js';
import { AckTable } from '../../src/core/replication/acks.js';
import { ClockDoor } from '../../src/core/replication/clock-door.js';
import { Replica } from '../../src/core/replication/replica.js';
import { type AsideLimits, AsideRoom, USUAL_ASIDE_LIMITS } from '../../src/core/resolution/aside-room.js';
import { asidesOf } from '../../src/core/resolution/asides.js';
import { Undo, type UndoRequest, type UndoResult } from '../../src/core/resolution/undo.js';
import { SLICES } from '../../src/core/store/slices.js';
import { A, A1, B1, bytes, NOW_MS, valueAt } from './samples.js';
import { MemoryStorage } from './support/memory-store.js';

let nowMs: number;
let context: Context;

beforeEach(() => {
  nowMs = NOW_MS;
  context = contextOf(new MemoryStorage());
  context.records.putIncident({ ...INCIDENT });
});

const INCIDENT: IncidentRecord = {
  ...{ id: 'one', kind: 'split-brain', state: 'resolved', separatedMs: NOW_MS, detectedMs: NOW_MS, resolvedMs: NOW_MS },
  ...{
    islands: [],
    strategy: { kind: 'merge', policy: 'lww' },
    by: 'operator',
    executor: A,
    counts: null,
    setAside: 1,
  },
  ...{ problem: null, fence: 9, participants: [A], covered: { seqs: {}, floors: {} } },
};

function contextOf(storage: MemoryStorage, limits: AsideLimits = USUAL_ASIDE_LIMITS): Context {
  const clock = new HybridClock(() => nowMs);
  const system = new Replica('system', A1, storage.store('system'), clock, (entry) => records.noteEntry(entry));
  const data = new Replica('data', A1, storage.store('data'), clock);
  const records = new Records(system);
  const ports = { storage, wallMs: () => nowMs, monoMs: () => nowMs, random: () => 0.5 };
  const problems = new Problems(
    () => nowMs,
    () => {},
  );
  return {
    ports,
    asideRoom: new AsideRoom(records, limits),
    door: new ClockDoor({ ports, records, problems }),
    self: {
      replica: A,
      boot: 1,
      previousBoot: 0,
      memoryOnly: false,
      keepsWhole: false,
      name: 'a',
      address: 'a:1',
      clusterId: 'c',
      isJoined: true,
    },
    clock,
    replicas: { data, system },
    records,
    acks: new AckTable(),
    separations: new Separations(storage),
    peers: new Map(),
    problems,
    fences: new Map(),
    slices: SLICES,
    send: () => {},
    effect: () => {},
    log: () => {},
  };
}

/** A key as a resolution left it: `standing` is what stands (undefined: nothing is there), `aside` what it overrode. */
function overrode(
  key: string,
  standing: string | null | undefined,
  aside: string | null,
  more: Partial<SetAside> = {},
) {
  const { replicas, records } = context;
  const stands =
    standing === undefined ? null : replicas.data.write(bytes(key), standing === null ? null : bytes(standing), 0);
  const value = aside === null ? null : bytes(aside);
  const version = { hlc: 5, origin: B1, seq: 1, standing: stands && { hlc: stands.hlc, origin: stands.origin } };
  const base = { incident: 'one', island: 1, key: bytes(key), value, expiryMs: 0, ...version };
  const overridden = { ...base, ...more };
  records.putSetAside(overridden, overridden, nowMs + 1000);
}

function undo(more: Partial<UndoRequest> = {}): UndoResult {
  nowMs += 1;
  const one = new Undo(context, { incident: 'one', key: null, dryRun: false, ...more });
  for (let steps = 0; one.result === null && steps < 1000; steps++) one.step();
  return one.result!;
}

const read = (key: string) => valueAt(context.replicas.data, key);

describe('an undo', () => {
  test('restores values and deletes what was created, under hostile keys too', () => {
    overrode('', 'new', 'old');
    overrode('\0\xff', null, 'deleted in between');
    overrode('doc', 'created', null);
    expect(undo()).toMatchObject({ restored: 3, skipped: 0 });
    expect(['', '\0\xff', 'doc'].map(read)).toEqual(['old', 'deleted in between', null]);
  });

  test('brings a value of another type back as what it was', () => {
    overrode('k', 'text', 'a dumped hash', { type: 1 });
    undo();
    expect(context.replicas.data.store.get(bytes('k'))?.type).toBe(1);
  });

  test('leaves a key alone that was written again since, and restores one whose tombstone was collected', () => {
    overrode('k', 'new', 'old');
    context.replicas.data.write(bytes('k'), bytes('newer'), 0);
    overrode('gone', null, 'old');
    context.replicas.data.store.drop(bytes('gone'));
    const result = undo();
    expect(result).toMatchObject({ restored: 1, skipped: 1 });
    expect(result.sample[1]).toMatchObject({ key: bytes('k'), action: 'skip', reason: 'written again since' });
    expect([read('k'), read('gone')]).toEqual(['newer', 'old']);
  });

  test('leaves a key alone whose value was deleted since, also where nothing is left of the delete', () => {
    overrode('k', 'new', 'old', { stoodValue: true });
    context.replicas.data.write(bytes('k'), null, 0);
    context.replicas.data.store.drop(bytes('k'));
    const { restored, sample } = undo();
    expect(restored).toBe(0);
    expect(sample).toMatchObject([{ action: 'skip', reason: 'deleted since, or expired' }]);
    expect(undo({ key: bytes('k') })).toMatchObject({ restored: 1 });
  });

  test('of one key restores that alone, also if it was written again since', () => {
    for (const key of ['doc', 'doc2']) overrode(key, 'new', 'old');
    context.replicas.data.write(bytes('doc'), bytes('newer'), 0);
    expect(undo({ key: bytes('doc') })).toMatchObject({ restored: 1, skipped: 0 });
    expect([read('doc'), read('doc2'), context.records.incident('one')?.state]).toEqual(['old', 'new', 'resolved']);
  });

  test('restores the last write where several islands were overridden', () => {
    overrode('k', 'new', 'earlier', { island: 1, hlc: 5 });
    const standing = context.replicas.data.store.get(bytes('k'))!;
    for (const [island, hlc, value] of [
      [2, 7, 'later'],
      [3, 6, 'between'],
    ] as const) {
      const base = { key: bytes('k'), value: bytes(value), expiryMs: 0, hlc, origin: B1, seq: 1 };
      context.records.putSetAside(base, { incident: 'one', island, standing }, nowMs + 1000);
    }
    undo();
    expect(read('k')).toBe('later');
  });

  test('a value whose time is over meanwhile is not restored; what stands instead goes, if anything does', () => {
    overrode('k', 'new', 'old', { expiryMs: NOW_MS + 1 });
    overrode('none', undefined, 'old', { expiryMs: NOW_MS + 1 });
    expect(undo()).toMatchObject({ restored: 1, skipped: 1 });
    expect([read('k'), read('none')]).toEqual([null, undefined]);
  });

  test('keeps the expiry of what it restores', () => {
    overrode('k', 'new', 'old', { expiryMs: NOW_MS + 9e9 });
    undo();
    expect(context.replicas.data.store.get(bytes('k'))?.expiryMs).toBe(NOW_MS + 9e9);
  });

  test('takes no set-aside values of other incidents, and none that are no longer kept', () => {
    overrode('k', 'new', 'old', { incident: 'one2' });
    overrode('late', 'new', 'old');
    nowMs += 1000;
    expect(undo()).toMatchObject({ restored: 0, skipped: 0, undoIncident: null });
    expect([read('k'), read('late'), context.records.incident('one')?.state]).toEqual(['new', 'new', 'resolved']);
  });
});

test('a dry run says what an undo would do, and changes nothing', () => {
  overrode('k', 'new', 'old');
  const before = context.replicas.data.vector.toData();
  const dry = undo({ dryRun: true });
  expect(dry).toMatchObject({ restored: 1, skipped: 0, undoIncident: null });
  expect([read('k'), context.replicas.data.vector.toData()]).toEqual(['new', before]);
  expect(undo()).toMatchObject({ restored: 1, sample: dry.sample });
});

test('an undo leaves an incident of its own, and marks the other as undone', () => {
  overrode('k', 'new', 'old');
  const { undoIncident } = undo();
  expect(context.records.incident(undoIncident!)).toMatchObject({ kind: 'undo', state: 'resolved', setAside: 1 });
  expect(context.records.incident('one')?.state).toBe('undone');
  expect(context.records.openIncidents()).toEqual([]);
});

test('an undo can be undone, and that again', () => {
  overrode('k', 'new', 'old');
  overrode('created', 'new', null);
  overrode('deleted', null, 'old');
  const keys = ['k', 'created', 'deleted'];
  const first = undo();
  expect(keys.map(read)).toEqual(['old', null, 'old']);
  const second = undo({ incident: first.undoIncident! });
  expect(keys.map(read)).toEqual(['new', 'new', null]);
  expect(undo({ incident: second.undoIncident! })).toMatchObject({ restored: 3, skipped: 0 });
  expect(keys.map(read)).toEqual(['old', null, 'old']);
});

test('an undo that is asked for twice does its work once', () => {
  overrode('k', 'new', 'old');
  undo();
  expect(undo()).toMatchObject({ restored: 0, skipped: 1, undoIncident: null });
});

test('of many keys all are restored, and a hundred are told of', () => {
  for (let i = 0; i < 1200; i++) overrode(`k${i}`, 'new', 'old');
  const result = undo();
  expect([result.restored, result.sample.length, read('k1199')]).toEqual([1200, 100, 'old']);
});

test('keys are told of in their order, from where it is asked, with what they had before and what was set aside', () => {
  for (const key of ['c', 'a', 'b']) overrode(key, `new ${key}`, `old ${key}`);
  const { sample } = undo({ dryRun: true, offset: 1, limit: 1 });
  expect(sample).toMatchObject([
    { key: bytes('b'), aside: { value: bytes('old b') }, current: { value: bytes('new b') } },
  ]);
});

describe('an undo of a part', () => {
  const filter = { prefix: '', database: null, only: null, island: null };
  /** A key of a database, whose number is its first byte. */
  const of = (key: string) => `\u0000${key}`;

  test('restores those keys alone, and does not mark the incident as undone', () => {
    for (const key of ['cart:1', 'cart:2', 'session:1']) overrode(of(key), 'new', 'old');
    const { restored, undoIncident, groups } = undo({ filter: { ...filter, prefix: 'cart:' }, groupsMax: 5 });
    expect([restored, read(of('cart:1')), read(of('session:1'))]).toEqual([2, 'old', 'new']);
    expect(groups.total).toEqual([2, 2, 0, 0, 6]);
    expect(context.records.incident('one')?.state).toBe('resolved');
    expect(context.records.incident(undoIncident!)).toMatchObject({ undoes: 'one', isPartial: true });
    const { separatedMs, resolvedMs } = context.records.incident(undoIncident!)!;
    expect(separatedMs).toBe(resolvedMs);
  });

  test('of deletes leaves the values alone', () => {
    overrode(of('deleted'), 'new', null);
    overrode(of('changed'), 'new', 'old');
    expect(undo({ filter: { ...filter, only: 'deleted' }, asked: 'ada@desk' })).toMatchObject({ restored: 1 });
    expect([read(of('deleted')), read(of('changed'))]).toEqual([null, 'new']);
    expect(context.records.incidentList().map(({ asked }) => asked)).toContain('ada@desk');
  });
});

describe('what was set aside', () => {
  const all = { prefix: '', database: null, only: null, island: null };
  const list = (filter: object, offset = 0, limit = 100) =>
    finish(asidesOf(context, 'one', { ...all, ...filter }, { offset, limit, groupsMax: 5 }));
  const keys = (filter: object, offset?: number, limit?: number) =>
    list(filter, offset, limit).rows.map(({ aside }) => Buffer.from(aside.key).toString().slice(1));

  test('as deleted is what an island had deleted, and what a delete overrode, as long as nothing was written since', () => {
    overrode('\u0000deleted', 'new', null);
    overrode('\u0000overridden', null, 'old');
    overrode('\u0000collected', null, 'old');
    context.replicas.data.store.drop(bytes('\u0000collected'));
    overrode('\u0000written since', null, 'old');
    context.replicas.data.write(bytes('\u0000written since'), bytes('newer'), 0);
    overrode('\u0000changed', 'new', 'old');
    expect(keys({ only: 'deleted' })).toEqual(['collected', 'deleted', 'overridden']);
  });

  test('is listed in the order of the keys, in pages, by what it is, and summed up by how the keys begin', () => {
    for (const key of ['b:2', 'a:1', 'b:1', 'b:3']) overrode(`\u0000${key}`, 'new', key === 'b:3' ? null : 'old');
    expect(keys({})).toEqual(['a:1', 'b:1', 'b:2', 'b:3']);
    expect([keys({}, 1, 2), keys({}, 9, 2), list({}, 1, 2).total]).toEqual([['b:1', 'b:2'], [], 4]);
    expect(keys({ prefix: 'b:' })).toEqual(['b:1', 'b:2', 'b:3']);
    expect(keys({ only: 'deleted' })).toEqual(['b:3']);
    expect(keys({ island: 7 })).toEqual([]);
    const { groups } = list({});
    expect(groups!.groups.map(({ id, sums }) => [id, sums])).toEqual([
      ['\u0000b:', [3, 6, 1, 0]],
      ['\u0000a:', [1, 3, 0, 0]],
    ]);
    context.replicas.data.write(bytes('\u0000a:1'), bytes('newer'), 0);
    expect(list({}).groups!.total).toEqual([4, 9, 1, 1]);
  });
});
