import { describe, expect, test } from '@jest/globals';
import type { Effect } from '../../src/core/context.js';
import { FRESH_MS } from '../../src/core/membership/gathering.js';
import type { Presence } from '../../src/core/membership/presence.js';
import { NodeCore } from '../../src/core/node.js';
import { type Hello, PROTOCOL } from '../../src/core/replication/messages.js';
import { MemoryStorage } from './support/memory-store.js';

const NOW_MS = 1_800_000_000_000;
const [A, B] = ['a'.repeat(16), 'b'.repeat(16)];

/** A node that expects another one, on a clock that a test moves. */
class Waiting {
  nowMs = 0;
  readonly core: NodeCore;

  constructor(
    readonly storage = new MemoryStorage(),
    expects: number | null = 2,
    boot = 1,
  ) {
    const ports = { storage, wallMs: () => NOW_MS, monoMs: () => this.nowMs, random: () => 0.5 };
    const clusterId = (storage.getMeta('clusterId') as string | undefined) ?? null;
    const self = { replica: A, boot, name: 'a', address: 'a:1', memoryOnly: false, clusterId, founds: false };
    this.core = new NodeCore(ports, {
      ...self,
      gathers: { expects, clusterId: 'new' },
      settings: { 'on-heal': 'manual' },
    });
  }

  /** The other node answers, and has promised itself to this one if that stands. */
  hear(promised: boolean, more: Partial<Presence> = {}): void {
    const own = this.core.founding.presence();
    this.core.founding.answered({
      ...{ replica: B, boot: 1, count: own.count, name: 'b', address: 'b:1', clusterId: null, isMember: false },
      ...{ expects: 2, sees: [{ replica: A, name: 'a', address: 'a:1' }], opens: false },
      ...{ promise: promised ? own.promise : null, ...more },
    });
  }

  /** It stands, and has b's promise. */
  open(): this {
    this.nowMs = FRESH_MS;
    this.hear(false);
    this.core.founding.step();
    this.hear(true);
    expect(this.core.founding.step()).toEqual({ kind: 'open' });
    return this;
  }

  greet(more: Partial<Hello> = {}): Effect[] {
    this.core.linkUp(1, false);
    this.core.receive(1, {
      ...{ type: 'hello', protocol: PROTOCOL, clusterId: null, replica: B, boot: 1, name: 'b', address: 'b:1' },
      ...{ memoryOnly: false, wallMs: NOW_MS, previousBoot: 0, ...more },
    });
    return this.core.takeEffects();
  }

  get clusterId(): string | null {
    return this.core.status.self.clusterId;
  }
}

function refusals(effects: readonly Effect[]): string[] {
  return effects.flatMap((one) => (one.kind === 'send' && one.message.type === 'refuse' ? [one.message.code] : []));
}

describe('a node that gathers', () => {
  test('has no cluster before another one that has promised asks to be let in, and then has one with it', () => {
    const node = new Waiting().open();
    expect([node.clusterId, node.core.state]).toEqual([null, 'gathering']);
    expect(refusals(node.greet())).toEqual([]);
    expect(node.clusterId).toBe('new');
    expect(node.core.status.records.active().map(({ name }) => name)).toEqual(['a', 'b']);
    expect(node.core.status.records.settings()['on-heal']).toBe('manual');
  });

  test('lets nobody in while it has not the promises, or has them no more', () => {
    const early = new Waiting();
    expect(refusals(early.greet())).toEqual(['not-in-cluster']);
    const late = new Waiting().open();
    late.nowMs += FRESH_MS + 1;
    expect(refusals(late.greet())).toEqual(['not-in-cluster']);
    expect([early.clusterId, late.clusterId]).toEqual([null, null]);
  });

  test.each<[string, Partial<Hello>]>([
    ['another protocol', { protocol: PROTOCOL + 1 }],
    ['its own name', { name: 'a' }],
    ['a name that is none', { name: '--yes' }],
    ['a cluster', { clusterId: 'other' }],
  ])('founds nothing with one that has %s', (_what, hello) => {
    const node = new Waiting().open();
    expect(refusals(node.greet(hello))).toHaveLength(1);
    expect(node.clusterId).toBeNull();
  });

  test('serves nobody until that one is in, also after a restart, however long it takes', () => {
    const node = new Waiting().open();
    node.greet();
    const again = new Waiting(node.storage, 2, 2);
    for (const one of [node, again]) {
      one.nowMs += 3_600_000;
      one.core.tick();
      expect(one.core.state).toBe('gathering');
    }
  });

  test('alone founds a cluster of one, once it has looked around', () => {
    const node = new Waiting(new MemoryStorage(), 1);
    expect([node.core.founding.step().kind, node.clusterId]).toEqual(['wait', null]);
    node.nowMs = FRESH_MS;
    node.core.founding.step();
    node.core.tick();
    expect([node.clusterId, node.core.state]).toEqual(['new', 'serving']);
  });

  test('joins the cluster of a member that it finds, and none where members are of two', () => {
    const node = new Waiting().open();
    node.hear(false, { isMember: true, clusterId: 'old', count: 99 });
    expect(node.core.founding.step()).toEqual({ kind: 'join', addresses: ['b:1'] });
    expect(node.core.founding.presence()).toMatchObject({ promise: null, opens: false });
    node.hear(false, { replica: 'c'.repeat(16), name: 'c', isMember: true, clusterId: 'older' });
    expect(node.core.founding.step()).toEqual({ kind: 'wait' });
    expect(node.core.founding.company()?.clusters).toEqual(['old', 'older']);
  });

  test('without a number of nodes founds none, whoever promises what', () => {
    const node = new Waiting(new MemoryStorage(), null);
    node.nowMs = FRESH_MS;
    node.hear(false);
    expect(node.core.founding.step()).toEqual({ kind: 'wait' });
    expect(refusals(node.greet())).toEqual(['not-in-cluster']);
  });

  test('does not count one that expects another number, or does not see it', () => {
    const node = new Waiting();
    node.nowMs = FRESH_MS;
    node.hear(false, { expects: 3 });
    node.core.founding.step();
    expect(node.core.founding.company()).toMatchObject({
      here: ['a'],
      unlike: [{ name: 'b', expects: 3 }],
    });
    node.hear(false, { sees: [] });
    node.core.founding.step();
    expect(node.core.founding.company()).toMatchObject({ here: ['a'], oneSided: [{ name: 'b' }] });
    expect(node.core.founding.presence().promise).toBeNull();
  });
});
