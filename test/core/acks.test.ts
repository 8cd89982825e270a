import { beforeEach, describe, expect, test } from '@jest/globals';
import type { VectorData } from '../../src/core/model/vector.js';
import { bootOf, type ReplicaId } from '../../src/core/model/version.js';
import { AckTable } from '../../src/core/replication/acks.js';
import type { AckData } from '../../src/core/replication/messages.js';
import { A, A1, A2, A3, B, B1, C, C1, D, vector, vectorData } from './samples.js';

const MEMBERS = [A, B, C];
const INFINITE = Number.POSITIVE_INFINITY;
const isMember = (replica: ReplicaId): boolean => MEMBERS.includes(replica);

let acks: AckTable;

function ack(data: Record<string, number>, system: Record<string, number> = {}, boot = 1): AckData {
  return { boot, data: vectorData(data), system: vectorData(system) };
}

function settle(data: Record<string, number>, system: Record<string, number> = {}): void {
  acks.settle(vector(data), vector(system), isMember);
}

beforeEach(() => {
  acks = new AckTable();
});

describe('what is stable', () => {
  test('the least of what all members have', () => {
    acks.note(A, ack({ [A1]: 9 }));
    acks.note(B, ack({ [A1]: 4 }));
    acks.note(C, ack({ [A1]: 6 }));
    settle({ [A1]: 9 });
    expect(acks.stable('data', A1, MEMBERS)).toBe(4);
    expect(acks.stable('system', A1, MEMBERS)).toBe(0);
  });

  test('nothing, while one member was never heard: a joiner that has just been let in', () => {
    acks.note(A, ack({ [A1]: 9 }));
    acks.note(B, ack({ [A1]: 9 }));
    settle({ [A1]: 9 });
    expect(acks.stable('data', A1, [A, B])).toBe(9);
    expect(acks.stable('data', A1, [A, B, D])).toBe(0);
  });

  test('nothing, while an acknowledgement was heard but may not count yet', () => {
    acks.note(A, ack({ [A1]: 9 }));
    expect(acks.stable('data', A1, [A])).toBe(0);
  });

  test('a retired origin is no bound, and neither is a forgotten member', () => {
    acks.note(A, { boot: 2, data: vectorData({ [A2]: 1 }, { [A]: 2 }), system: vectorData() });
    acks.note(B, ack({ [A1]: 5, [A2]: 1 }));
    settle({ [A1]: 5, [A2]: 1 });
    expect(acks.stable('data', A1, [A, B])).toBe(5);
    acks.forget(B);
    expect(acks.stable('data', A1, [A])).toBe(INFINITE);
    expect(acks.latest(B)).toBeUndefined();
  });
});

describe('an acknowledgement counts once this replica', () => {
  test('knows the membership that its author knew: the joiner that the author alone has let in still needs the rows', () => {
    acks.note(A, ack({ [A1]: 5 }, { [A1]: 3 }));
    settle({ [A1]: 5 }, { [A1]: 2 });
    expect(acks.stable('data', A1, [A])).toBe(0);
    settle({ [A1]: 5 }, { [A1]: 3 });
    expect(acks.stable('data', A1, [A])).toBe(5);
  });

  test("has all of the author's own writes: a lesser one under way would bring a deleted key back", () => {
    acks.note(B, ack({ [A1]: 5, [B1]: 7 }));
    settle({ [A1]: 5, [B1]: 6 });
    expect(acks.stable('data', A1, [B])).toBe(0);
    settle({ [A1]: 5, [B1]: 7 });
    expect(acks.stable('data', A1, [B])).toBe(5);
  });

  test('has all writes of former members that the author has, since nobody waits for theirs any more', () => {
    const formerly = `${D}.00000001`;
    acks.note(B, ack({ [A1]: 5, [formerly]: 2 }));
    settle({ [A1]: 5 });
    expect(acks.stable('data', A1, [B])).toBe(0);
    settle({ [A1]: 5, [formerly]: 2 });
    expect(acks.stable('data', A1, [B])).toBe(5);
  });

  test('and need not have what the author has of other members: their own acknowledgements tell', () => {
    acks.note(B, ack({ [A1]: 5, [C1]: 100 }));
    settle({ [A1]: 5 });
    expect(acks.stable('data', A1, [B])).toBe(5);
  });
});

describe('which acknowledgement counts', () => {
  test('under constant writes an earlier one counts, although the latest never may', () => {
    for (let seq = 1; seq <= 10; seq++) {
      acks.note(B, ack({ [B1]: seq }));
      settle({ [B1]: seq - 1 });
    }
    expect(acks.stable('data', B1, [B])).toBeGreaterThanOrEqual(8);
  });

  test('an earlier one stays counted while the next one waits', () => {
    acks.note(B, ack({ [B1]: 3 }));
    settle({ [B1]: 3 });
    acks.note(B, ack({ [B1]: 9 }));
    settle({ [B1]: 3 });
    expect(acks.stable('data', B1, [B])).toBe(3);
  });

  test('older news is ignored, from the same boot and from an earlier one', () => {
    acks.note(B, ack({ [A1]: 5 }, {}, 2));
    acks.note(B, ack({ [A1]: 4 }, {}, 2));
    acks.note(B, ack({ [A1]: 99 }, {}, 1));
    expect(acks.toData()).toEqual({ [B]: ack({ [A1]: 5 }, {}, 2) });
  });

  test('a later boot is news even if it has less', () => {
    acks.note(B, ack({ [A1]: 5 }, {}, 1));
    acks.note(B, ack({}, {}, 2));
    expect(acks.latest(B)).toMatchObject({ boot: 2 });
  });

  test('news that is ahead in one group and behind in the other is none', () => {
    acks.note(B, ack({ [A1]: 5 }, { [A1]: 5 }));
    acks.note(B, ack({ [A1]: 6 }, { [A1]: 4 }));
    expect(acks.toData()[B]).toEqual(ack({ [A1]: 5 }, { [A1]: 5 }));
  });

  test('older news from before an origin was retired is ignored, also when nothing else has changed', () => {
    const retired: VectorData = vectorData({ [A2]: 3 }, { [A]: 2 });
    acks.note(B, { boot: 1, data: retired, system: vectorData() });
    acks.note(B, ack({ [A1]: 5, [A2]: 3 }));
    expect(acks.toData()[B]?.data).toEqual(retired);
  });

  test('what was heard passes on as it is, whether it counts here or not', () => {
    acks.note(B, ack({ [B1]: 7 }, { [A1]: 3 }));
    settle({});
    const elsewhere = new AckTable();
    for (const [replica, data] of Object.entries(acks.toData())) elsewhere.note(replica, data);
    expect(elsewhere.toData()).toEqual({ [B]: ack({ [B1]: 7 }, { [A1]: 3 }) });
  });
});

describe('an origin of a past boot is finished', () => {
  const isFinished = (members = MEMBERS): boolean => acks.isFinished('data', A1, 5, members, A);

  function hear(boots: { a?: number; atB?: Record<string, number> } = {}): void {
    acks.note(A, ack({ [A1]: 5, [A2]: 1 }, {}, boots.a ?? 2));
    acks.note(B, ack(boots.atB ?? { [A1]: 5 }));
    acks.note(C, ack({ [A1]: 5, [C1]: 2 }));
    settle({ [A1]: 9, [A2]: 9, [B1]: 9, [C1]: 9 });
  }

  test('once every member has exactly as much, and the author said so in a later boot', () => {
    hear();
    expect(isFinished()).toBe(true);
    expect(isFinished([A, B, C, D])).toBe(false);
  });

  test('not while the author has only been heard in that boot', () => {
    hear({ a: bootOf(A1) });
    expect(isFinished()).toBe(false);
  });

  test('not while one member has less, and not while one has more', () => {
    hear({ atB: { [A1]: 4 } });
    expect(isFinished()).toBe(false);
    acks = new AckTable();
    hear({ atB: { [A1]: 6 } });
    expect(isFinished()).toBe(false);
  });

  test('also where some members have retired it already', () => {
    acks.note(A, { boot: 3, data: vectorData({ [A3]: 1 }, { [A]: 2 }), system: vectorData() });
    acks.note(B, ack({ [A1]: 5 }));
    settle({ [A3]: 1 });
    expect(isFinished([A, B])).toBe(true);
  });

  test('of a former member: once every member has as much, since nobody can say so in a later boot', () => {
    acks.note(B, ack({ [A1]: 5 }));
    acks.note(C, ack({ [A1]: 5 }));
    settle({ [A1]: 5 });
    expect(acks.isFinished('data', A1, 5, [B, C], A)).toBe(true);
  });
});
