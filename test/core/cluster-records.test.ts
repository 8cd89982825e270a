import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  DEFAULT_SETTINGS,
  type IncidentRecord,
  type MemberRecord,
  Records,
  readSetAside,
  type SetAside,
} from '../../src/core/membership/records.js';
import { BUCKETS } from '../../src/core/model/bytes.js';
import type { Entry } from '../../src/core/model/entry.js';
import { OperatorError } from '../../src/core/model/errors.js';
import { HybridClock } from '../../src/core/model/hlc.js';
import { Replica } from '../../src/core/replication/replica.js';
import { A, A1, B, B1, bytes, C, KEYS, NOW_MS } from './samples.js';
import { MemoryStore } from './support/memory-store.js';

let store: MemoryStore;
let replica: Replica;
let records: Records;

beforeEach(() => {
  store = new MemoryStore();
  const clock = new HybridClock(() => NOW_MS);
  replica = new Replica('system', A1, store, clock, (entry) => records.noteEntry(entry));
  records = new Records(replica);
});

/** As the next boot finds them. */
function reopened(): Records {
  const next = new Records(new Replica('system', B1, store, new HybridClock(() => NOW_MS)));
  for (let i = 0; i < BUCKETS; i++) next.load(store.bucket(i));
  return next;
}

function member(id: string, name: string, more: Partial<MemberRecord> = {}): MemberRecord {
  const base = { replica: id, name, address: `${name}:7000`, joinedMs: NOW_MS, via: null, memoryOnly: false };
  return { ...base, state: 'member', ...more };
}

function incident(id: string, more: Partial<IncidentRecord> = {}): IncidentRecord {
  return {
    id,
    kind: 'split-brain',
    state: 'open',
    separatedMs: NOW_MS,
    detectedMs: NOW_MS,
    resolvedMs: null,
    islands: [],
    strategy: null,
    by: null,
    executor: null,
    counts: null,
    setAside: 0,
    problem: null,
    fence: null,
    participants: [],
    covered: null,
    ...more,
  };
}

describe('members', () => {
  test('come in the order of their ids, without those that left or were forgotten, who stay known', () => {
    records.putMember(member(C, 'c'));
    records.putMember(member(A, 'a'));
    records.putMember(member(B, 'b', { state: 'forgotten' }));
    for (const one of [records, reopened()]) {
      expect(one.active().map(({ name }) => name)).toEqual(['a', 'c']);
      expect([one.isActive(B), one.member(B)?.state, one.nameOf(B)]).toEqual([false, 'forgotten', 'b']);
    }
    records.putMember(member(C, 'c', { state: 'left' }));
    expect(records.active().map(({ name }) => name)).toEqual(['a']);
  });

  test('are found by name or by id, former ones are not', () => {
    records.putMember(member(A, 'a'));
    records.putMember(member(B, 'b', { state: 'left' }));
    expect([records.byName('a')?.replica, records.byName(A)?.name, records.byName('b')]).toEqual([A, 'a', undefined]);
    expect(records.nameOf(C)).toBe(C);
  });

  test('the time of the last change of a record is known, 0 where there is none', () => {
    records.putMember(member(A, 'a'));
    expect([records.changedMs(A), records.changedMs(B)]).toEqual([NOW_MS, 0]);
  });

  test('a record that was deleted is gone', () => {
    records.putMember(member(A, 'a'));
    replica.write(bytes(`member/${A}`), null, 0);
    expect([records.member(A), records.active()]).toEqual([undefined, []]);
  });
});

describe('settings', () => {
  test.each([
    ['set-aside-days', '1', '3650', '0', '3651'],
    ['failure-timeout', '200', '600000', '199', '600001'],
    ['clock-skew-limit', '100', '3600000', '99', '3600001'],
  ])('%s takes whole numbers from %s to %s and not %s or %s', (name, least, most, below, above) => {
    for (const value of [least, most]) {
      records.putSetting(name, value);
      expect(records.settings()[name as keyof typeof DEFAULT_SETTINGS]).toBe(Number(value));
    }
    for (const value of [below, above, '', ' 300', '3e2', '-300', '300.0', '0x200', '9'.repeat(400)])
      expect(codeOf(() => records.putSetting(name, value))).toBe('bad-setting');
    expect(reopened().settings()).toEqual({ ...DEFAULT_SETTINGS, [name]: Number(most) });
  });

  test('the refusal names the value and what would do', () => {
    expect(() => records.putSetting('on-heal', 'Merge')).toThrow(
      /"Merge".*merge, promote-oldest, promote-largest, manual/,
    );
    expect(() => records.putSetting('failure-timeout', '1')).toThrow(/from 200 to 600000/);
    expect(() => records.putSetting('no-such', '1')).toThrow(/"no-such".*on-heal, partition-mode/);
  });

  test('a value that a peer of another mind has written is left out of account', () => {
    replica.write(bytes('setting/failure-timeout'), bytes('"1"'), 0);
    replica.write(bytes('setting/no-such'), bytes('"1"'), 0);
    expect(records.settings()).toEqual(DEFAULT_SETTINGS);
  });

  test.each(['constructor', 'toString', '__proto__'])('"%s" is refused as a setting that there is not', (name) => {
    expect(codeOf(() => records.putSetting(name, '5'))).toBe('bad-setting');
  });
});

describe('incidents', () => {
  test('the newest comes first, of one moment the greater id', () => {
    records.putIncident(incident('b', { detectedMs: 5 }));
    records.putIncident(incident('c', { detectedMs: 5 }));
    records.putIncident(incident('a', { detectedMs: 9 }));
    expect(records.incidentList().map(({ id }) => id)).toEqual(['a', 'c', 'b']);
    expect(
      reopened()
        .incidentList()
        .map(({ id }) => id),
    ).toEqual(['a', 'c', 'b']);
  });

  test('open ones are the split-brains that are open or being resolved', () => {
    for (const state of ['open', 'resolving', 'resolved', 'undone'] as const)
      records.putIncident(incident(state, { state }));
    records.putIncident(incident('undo', { kind: 'undo' }));
    expect(records.openIncidents().map(({ id }) => id)).toEqual(['resolving', 'open']);
  });

  test('a later record of the same incident replaces it', () => {
    records.putIncident(incident('a'));
    records.putIncident(incident('a', { state: 'resolved' }));
    expect(records.incident('a')?.state).toBe('resolved');
  });
});

describe('set-aside values', () => {
  const aside = (key: Uint8Array, more: Partial<SetAside> = {}): SetAside => ({
    ...{ incident: 'one', island: 1, key, value: key, expiryMs: 5, hlc: 7, origin: B1, seq: 3, standing: null },
    ...more,
  });
  const put = (aside: SetAside, keptUntilMs = 0): Entry => records.putSetAside(aside, aside, keptUntilMs);

  test('come back byte for byte, under hostile keys, slashes and bytes that are no text', () => {
    for (const key of [...KEYS, bytes('/'), bytes('a/b'), Uint8Array.of(0xc3), Uint8Array.of(0xff, 0xfe)]) {
      const entry = put(aside(key), NOW_MS + 9);
      expect(entry.expiryMs).toBe(NOW_MS + 9);
      const read = readSetAside(entry, 'one')!;
      expect([Buffer.compare(read.key, key), Buffer.compare(read.value!, key)]).toEqual([0, 0]);
      expect({ ...read, key, value: key }).toEqual(aside(key));
    }
    expect(store.liveCount()).toBe(KEYS.length + 4);
  });

  test('of several islands and incidents are kept apart; a delete stays one', () => {
    const entries = [
      put(aside(bytes('k'), { value: null })),
      put(aside(bytes('k'), { island: 2 })),
      put(aside(bytes('k'), { incident: 'one2' })),
    ];
    expect(store.liveCount()).toBe(3);
    expect(entries.map((entry) => readSetAside(entry, 'one')?.island)).toEqual([1, 2, undefined]);
    expect(entries.map((entry) => readSetAside(entry, null)?.incident)).toEqual(['one', 'one', 'one2']);
    expect(readSetAside(entries[0]!, 'one')?.value).toBeNull();
  });

  test('a part of a buffer is set aside as that part', () => {
    const whole = Buffer.from('abcdef');
    const read = readSetAside(put(aside(whole.subarray(2, 4))), 'one');
    expect(Buffer.from(read!.value!).toString()).toBe('cd');
  });

  test('other records, and set-aside values that were deleted, are none', () => {
    records.putMember(member(A, 'a'));
    const entry = put(aside(bytes('k')));
    expect(readSetAside({ ...entry, value: null }, null)).toBeNull();
    expect(readSetAside(store.get(bytes(`member/${A}`))!, null)).toBeNull();
  });
});

function codeOf(call: () => void): string {
  try {
    call();
  } catch (error) {
    return error instanceof OperatorError ? error.code : String(error);
  }
  return 'none';
}
