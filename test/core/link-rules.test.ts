import { describe, expect, test } from '@jest/globals';
import type { Effect } from '../../src/core/context.js';
import type { Presence } from '../../src/core/membership/presence.js';
import type { MemberRecord } from '../../src/core/membership/records.js';
import { fullKey } from '../../src/core/model/entry.js';
import { EMPTY_VECTOR } from '../../src/core/model/vector.js';
import { originOf } from '../../src/core/model/version.js';
import { NodeCore } from '../../src/core/node.js';
import { LINK_RULES, type LinkRule, type LinkStage, type MessageKind } from '../../src/core/replication/link-rules.js';
import { type GateState, type Hello, type Message, PROTOCOL } from '../../src/core/replication/messages.js';
import { innardsOf } from './support/innards.js';
import { MemoryStorage } from './support/memory-store.js';
import { rangeOf } from './support/ranges.js';

const NOW_MS = 1_800_000_000_000;
const SELF = 'a'.repeat(16);
const OTHER = 'b'.repeat(16);
const ORIGIN = originOf(OTHER, 1);
const KEY = fullKey(0, Buffer.from('k'));
const LINK = 1;
const STAGES: readonly LinkStage[] = ['dialled', 'accepted', 'joining', 'comparing', 'open', 'split', 'clock-skew'];

/** A node with a link in some stage, and what came of it. */
class Stage {
  readonly core: NodeCore;
  /** How many publications came through. */
  published = 0;
  private readonly storage = new MemoryStorage();

  constructor(stage: LinkStage, weDialled: boolean) {
    const isJoining = stage === 'joining';
    if (!isJoining) this.storage.setMeta('clusterId', 'cluster');
    const ports = { storage: this.storage, wallMs: () => NOW_MS, monoMs: () => 0, random: () => 0.5 };
    const self = { replica: SELF, boot: 1, name: 'a', address: 'a:1', memoryOnly: false };
    this.core = new NodeCore(ports, { ...self, clusterId: isJoining ? null : 'cluster', founds: !isJoining });
    if (!isJoining) innardsOf(this.core).records.putMember(member);
    this.core.onPublication = () => {
      this.published++;
    };
    this.core.linkUp(LINK, weDialled);
    if (stage !== 'dialled' && stage !== 'accepted') this.core.receive(LINK, hello);
    if (stage === 'split')
      innardsOf(this.core).separations.set(OTHER, { sinceMs: NOW_MS, mark: EMPTY_VECTOR, split: true });
    const peer = innardsOf(this.core).peers.get(OTHER);
    if (peer !== undefined && !isJoining) {
      if (stage === 'clock-skew') peer.skewMs = 3_600_000;
      peer.isSettled = stage === 'open';
      this.core.tick();
      expect(peer.ourGate).toBe(stage as GateState);
      peer.theirGate = 'open';
    }
    this.core.takeEffects();
  }

  /** What the node does about a message. */
  deliver(message: Message): Effect[] {
    this.core.receive(LINK, message);
    return this.core.takeEffects();
  }

  get isOpen(): boolean {
    return this.core.status.peers.has(OTHER);
  }
}

const member: MemberRecord = {
  ...{ replica: OTHER, name: 'b', address: 'b:1', state: 'member', joinedMs: NOW_MS, via: SELF },
  memoryOnly: false,
};
const hello: Hello = {
  ...{ type: 'hello', protocol: PROTOCOL, clusterId: 'cluster', replica: OTHER, boot: 1, name: 'b', address: 'b:1' },
  ...{ memoryOnly: false, wallMs: NOW_MS, previousBoot: 0 },
};
const ack = { boot: 1, data: EMPTY_VECTOR, system: EMPTY_VECTOR };

function changes(group: 'data' | 'system'): Message {
  const entry = { key: KEY, value: Buffer.from('v'), hlc: 5, origin: ORIGIN, seq: 1, expiryMs: 0 };
  const range = rangeOf({ origin: ORIGIN, from: 0, upto: 1 }, [{ seq: 1, key: KEY, entry }]);
  return { type: 'changes', group, ranges: [range] };
}

const presence: Presence = {
  ...{ replica: OTHER, boot: 1, count: 1, name: 'b', address: 'b:1', clusterId: null, isMember: false, expects: 3 },
  ...{ sees: [], promise: null, opens: false },
};

const sends = (effects: readonly Effect[], type: Message['type']): boolean =>
  effects.some((effect) => effect.kind === 'send' && effect.message.type === type);
const logs = (effects: readonly Effect[]): boolean => effects.some(({ kind }) => kind === 'log' || kind === 'stop');

interface Sample {
  readonly message: Message;
  /** Whether it had its effect. Absent: it has none unless the node has asked for it. */
  readonly hasEffect?: (stage: Stage, effects: readonly Effect[]) => boolean;
}

const empty = { type: 'snapshot-begin', id: 9, system: EMPTY_VECTOR, data: EMPTY_VECTOR, entryCount: 0 } as const;
const SAMPLES: Readonly<Record<MessageKind, Sample>> = {
  hello: { message: hello, hasEffect: (stage) => stage.isOpen },
  refuse: {
    message: { type: 'refuse', code: 'forgotten', message: 'gone', clusterId: 'cluster', replica: OTHER, boot: 0 },
    hasEffect: (_stage, effects) => logs(effects),
  },
  compare: {
    message: { type: 'compare', island: EMPTY_VECTOR, members: [], mark: null, sinceMs: 0, separations: {} },
    hasEffect: ({ core }) => innardsOf(core).peers.get(OTHER)?.theirCompare != null,
  },
  gate: {
    message: { type: 'gate', state: 'comparing' },
    hasEffect: ({ core }) => core.status.peers.get(OTHER)?.theirGate === 'comparing',
  },
  beat: {
    message: {
      ...{
        type: 'beat',
        count: 7,
        wallMs: NOW_MS,
        hlc: 1,
        echo: null,
        gate: 'open',
        seen: {},
        links: [],
        apart: {},
        acks: {},
      },
    },
    hasEffect: ({ core }) => core.status.peers.get(OTHER)?.beat?.count === 7,
  },
  ack: {
    message: { type: 'ack', ack, gap: false },
    hasEffect: ({ core }) => innardsOf(core).peers.get(OTHER)?.acked != null,
  },
  // To a joiner they come behind its snapshot alone: see the test of that.
  'changes data': {
    message: changes('data'),
    hasEffect: ({ core }) => core.state === 'joining' || core.status.data.store.get(KEY) !== undefined,
  },
  'changes system': {
    message: changes('system'),
    hasEffect: ({ core }) => core.state === 'joining' || core.status.system.store.get(KEY) !== undefined,
  },
  'behind data': {
    message: { type: 'behind', group: 'data', lost: false },
    hasEffect: (_stage, effects) => sends(effects, 'snapshot-request'),
  },
  'behind system': {
    message: { type: 'behind', group: 'system', lost: false },
    hasEffect: (_stage, effects) => sends(effects, 'snapshot-request'),
  },
  'behind lost': {
    message: { type: 'behind', group: 'data', lost: true },
    hasEffect: (_stage, effects) => logs(effects),
  },
  'snapshot-request': { message: { type: 'snapshot-request', id: 9 }, hasEffect: ({ core }) => core.isGiving },
  'snapshot-credit': { message: { type: 'snapshot-credit', id: 9, parts: 1 } },
  'snapshot-begin': { message: { ...empty, covers: { data: EMPTY_VECTOR, system: EMPTY_VECTOR }, separations: {} } },
  'snapshot-part': {
    message: {
      ...{ type: 'snapshot-part', id: 9, group: 'data', bucket: 0, through: 0, last: true },
      entries: { count: 0, origins: [], words: new Int32Array(0) },
    },
  },
  'snapshot-end': { message: { type: 'snapshot-end', id: 9 } },
  read: {
    message: { type: 'read', id: 9, from: EMPTY_VECTOR, upto: EMPTY_VECTOR },
    hasEffect: (_stage, effects) => sends(effects, 'read-reply'),
  },
  'read-reply': {
    message: { type: 'read-reply', id: 9, ranges: [], done: true, behind: false, vector: EMPTY_VECTOR },
  },
  stubs: {
    message: { type: 'stubs', id: 9, ends: false, stubs: [] },
    hasEffect: (_stage, effects) => sends(effects, 'stubs-reply'),
  },
  'stubs-reply': { message: { type: 'stubs-reply', id: 9, agreed: [], system: EMPTY_VECTOR } },
  bye: { message: { type: 'bye', reason: 'stopping' }, hasEffect: (_stage, effects) => logs(effects) },
  publication: {
    message: { type: 'publication', isSharded: false, channel: Buffer.from('c'), payload: Buffer.from('p') },
    hasEffect: ({ published }) => published === 1,
  },
  look: { message: { type: 'look', from: null }, hasEffect: (_stage, effects) => sends(effects, 'present') },
  present: { message: { type: 'present', presence } },
};

/** With its link to the end of it: whether it is closed, and whether the message had its effect. */
function outcome(
  kind: MessageKind,
  stageName: LinkStage,
): { rule: LinkRule; isClosed: boolean; hadEffect: boolean | null } {
  const stage = new Stage(stageName, stageName !== 'accepted');
  const { message, hasEffect } = SAMPLES[kind];
  const effects = stage.deliver(message);
  const isClosed = effects.some((effect) => effect.kind === 'close');
  const hadEffect = hasEffect === undefined ? null : hasEffect(stage, effects);
  return { rule: LINK_RULES[kind][stageName], isClosed, hadEffect };
}

describe.each(Object.keys(SAMPLES) as MessageKind[])('%s', (kind) => {
  test.each(STAGES)('on a link that is %s', (stage) => {
    const { rule, isClosed, hadEffect } = outcome(kind, stage);
    // A refusal that counts ends its link as well, and so do joining anew and the answer to a look.
    const ends =
      kind === 'refuse' || (kind === 'look' && rule === 'take') || (kind === 'behind lost' && rule === 'take');
    expect(isClosed).toBe(rule === 'close' || ends);
    if (rule === 'take') expect(hadEffect).not.toBe(false);
    if (rule === 'drop' && kind !== 'hello') expect(hadEffect).not.toBe(true);
  });
});

describe('a refusal', () => {
  const refusal = SAMPLES.refuse.message;

  test('of a member that this node dialled stops the node, in the greeting and later', () => {
    for (const stage of ['dialled', 'open'] as const) {
      const effects = new Stage(stage, true).deliver(refusal);
      expect(effects).toContainEqual({ kind: 'stop', code: 'forgotten', message: 'gone' });
    }
  });

  test('on a link that the other end made is no more than a fault of that end', () => {
    for (const stage of ['accepted', 'comparing', 'open', 'split'] as const) {
      const effects = new Stage(stage, false).deliver(refusal);
      expect(effects.some(({ kind }) => kind === 'stop')).toBe(false);
      expect(effects).toContainEqual({ kind: 'close', link: LINK });
    }
  });

  test('comes with a text that no terminal acts upon', () => {
    const effects = new Stage('dialled', true).deliver({ ...refusal, message: 'gone\u001b[31m\n\u202ered' } as Message);
    const stop = effects.find((effect) => effect.kind === 'stop');
    expect(stop).toMatchObject({ message: 'gone\\u001b[31m\\u000a\\u202ered' });
  });
});

describe('a hello', () => {
  const faults: readonly (readonly [string, Partial<Hello>])[] = [
    ['escape sequences in its name', { name: 'b\u001b[31m' }],
    ['an empty name', { name: '' }],
    ['a name of 65 letters', { name: 'b'.repeat(65) }],
    ['a name that is a flag', { name: '--yes' }],
    ['a line break in its address', { address: 'b:1\nx' }],
    ['a port that is none', { address: 'b:65536' }],
    ['the port 0', { address: 'b:0' }],
    ['a shell in its address', { address: '$(reboot):1' }],
  ];

  test.each(faults)('with %s is refused, in words that are harmless', (_what, fields) => {
    const stage = new Stage('accepted', false);
    const effects = stage.deliver({ ...hello, clusterId: null, replica: 'c'.repeat(16), ...fields });
    const refusal = effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []));
    expect(refusal).toMatchObject([{ type: 'refuse', code: 'bad-name' }]);
    expect(refusal[0]!.type === 'refuse' && refusal[0]!.message).not.toMatch(/\p{Cc}/u);
    expect(stage.core.status.records.active()).toHaveLength(2);
  });

  test.each(['b', 'b:7379', '10.0.0.1:1', '[::1]:7379', 'host-1.example.org:65535'])('from %s is taken', (address) => {
    const stage = new Stage('accepted', false);
    stage.deliver({ ...hello, clusterId: null, replica: 'c'.repeat(16), name: 'c', address });
    expect(stage.core.status.records.byName('c')?.address).toBe(address);
  });
});
