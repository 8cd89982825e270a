import { bytes64, count, flag, island, list, named, nullable, number, object, text, time, words } from './shape.js';

const memberFields = {
  name: text('Its name, or its replica id where it is not known any more.'),
  replica: text('The id of its replica, which stays as it is over restarts.'),
};

export const member = named('member', object(memberFields, 'A member of the cluster, or one that was.'));

/** For what is told of a member: fields beside its name and id. */
export const ofMember = memberFields;

/** A key, wherever there is one. */
export const keyFields = {
  database: count('0 to 15.'),
  key: nullable(text(), 'null: it is not valid UTF-8. keyBase64 always holds it.'),
  keyBase64: bytes64(),
};

/** A key, or a part of one. */
export const keyOrPartFields = {
  ...keyFields,
  part: nullable(
    object({
      kind: words(['field', 'member', 'score', 'count', 'expiry']),
      name: nullable(text(), 'Of a count the member that added it. null: it is not valid UTF-8.'),
      nameBase64: bytes64(),
    }),
    'The part of the key that it is about: of a hash, a set, a sorted set, or a number. null: the whole key.',
  ),
};

/** What to do, wherever something is wrong. */
export const adviceFields = {
  next: nullable(text(), 'A command to type next.'),
  note: nullable(text(), 'What is to be said beside it, or in its place.'),
};

export const key = named('key', object(keyOrPartFields, 'A key of a database.'));

export const silentMembers = list(
  object({ ...ofMember, address: text(), problem: text('Why there is no answer.') }),
  'Members that did not answer.',
);

export const touch = named(
  'touch',
  object(
    {
      writer: member,
      writtenMs: time(),
      hlc: count('With the origin its version: of two versions of one value the one touched later is the later.'),
      origin: text(),
      seq: count('Which of the writes of its origin it is.'),
    },
    'A change of the expiry alone.',
  ),
);

export const entry = named(
  'entry',
  object(
    {
      ...keyOrPartFields,
      type: words(['string', 'hash', 'list', 'set', 'zset', 'stream', 'other']),
      tombstone: flag('It was deleted.'),
      evicted: flag('Its value was evicted on this replica.'),
      parts: nullable(
        count(),
        'Of a hash, a set or a sorted set: its fields or members. null: it has none, or came whole from a Redis.',
      ),
      writer: member,
      writtenMs: time(),
      hlc: count('With the origin its version: the greater one is the later.'),
      origin: text('The replica that wrote it, and in which of its runs.'),
      seq: count('Which of the writes of its origin it is.'),
      expiryMs: nullable(time(), 'null: it does not expire.'),
      touch: nullable(touch, 'The last since the value was written; null: there was none.'),
      valueBytes: count(),
      valueHash: count('0: there is no value, or it was not looked at.'),
      preview: nullable(
        text(),
        'The first bytes of the value, 64 at most: null where they are not valid UTF-8, or not known.',
      ),
      previewBase64: nullable(bytes64()),
    },
    'What a replica has under a key: one version of it.',
  ),
);

export const keysPerIsland = (description: string) => list(object({ island: island(), keys: count() }), description);
const valuesPerIsland = (description: string) => list(object({ island: island(), values: count() }), description);
export const bytesPerIsland = (description: string) => list(object({ island: island(), bytes: count() }), description);

export const planCounts = named(
  'counts',
  object({
    conflicts: count('Keys, or parts of keys, that several islands changed.'),
    uncertain: count('Conflicts whose versions lie closer than the measured clock skew.'),
    manual: count('Conflicts that the policy leaves to the operator.'),
    merged: count(
      'Keys of which several islands changed different parts: a merge does so part by part, and they are no conflicts.',
    ),
    twofold: count(
      'Those among them of which islands made different kinds: readers find the kind that was written last.',
    ),
    rewritten: count('Keys, or parts of keys, that are written anew, since the last write does not stand.'),
    onlyHere: keysPerIsland('Keys, or parts of keys, that one island alone changed.'),
    overridden: valuesPerIsland('Values that are set aside, as far as the plan tells: see wholeKeys.'),
  }),
);

export const incident = named(
  'incident',
  object(
    {
      id: text(),
      state: words(['open', 'resolving', 'resolved', 'undone']),
      separatedMs: time(),
      detectedMs: time(),
      resolvedMs: nullable(time()),
      islands: list(
        object({ island: island(), members: list(member), writes: count('Since the separation, when it was found.') }),
      ),
      strategy: nullable(text(), 'null while it is open.'),
      by: nullable(text(), 'operator, or on-heal.'),
      askedBy: nullable(text(), 'Who asked for it, as user@host.'),
      undoes: nullable(
        object({ incident: text(), isPartial: flag() }),
        'Of an undo: the incident of which it restored values.',
      ),
      executor: nullable(member, 'Who carried it out.'),
      counts: nullable(planCounts),
      setAside: count('Values that can be listed and restored: all that were set aside.'),
      problem: nullable(text(), 'Why a resolution is not carried out yet.'),
    },
    'One split-brain, from separation to resolution, or what else set values aside.',
  ),
);

export const aside = named(
  'aside',
  object(
    {
      ...keyOrPartFields,
      incident: text(),
      island: nullable(island(), 'Whose value it was; null: the incident is not known any more.'),
      overridden: entry,
      standing: nullable(
        object({ hlc: count(), origin: text(), writer: member }),
        'The version that stood; null: not known.',
      ),
      now: nullable(entry, 'What the key has now; null: nothing.'),
      writtenSince: flag('The key was written again since.'),
      keptUntilMs: time(),
    },
    'A value that a resolution overrode.',
  ),
);

/** Sums by how the keys begin. */
export function grouped<F extends Parameters<typeof object>[0]>(sums: F) {
  return {
    groups: list(
      object({ ...{ database: count(), prefix: nullable(text()), prefixBase64: bytes64() }, ...sums }),
      'By how the keys begin, the largest first.',
    ),
    other: nullable(object({ ...{ groups: count('How many.') }, ...sums }), 'All further groups.'),
    total: object(sums),
  };
}

export const engine = named(
  'engine',
  object(
    {
      redis: text('Its address.'),
      keys: text('The pattern of the keys that are replicated.'),
      state: words(['waiting', 'connecting', 'scanning', 'attached', 'held']),
      problem: nullable(text()),
      product: nullable(words(['Redis', 'Valkey'])),
      version: nullable(text()),
      counters: object({
        captured: count(),
        applied: count(),
        overtaken: count(),
        unchanged: count(),
        evicted: count(),
      }),
      toRead: count(),
      toWrite: count(),
      waitingMs: number('How long the first of those has been waiting, in milliseconds.'),
      evictedKeys: count(),
      refusedKeys: count(),
      leftOut: object({
        count: count(),
        keys: list(
          object({
            key: keyFields.key,
            keyBase64: bytes64('The first 256 bytes.'),
            way: words(['from-redis', 'to-redis']),
            reason: text(),
            sinceMs: time(),
          }),
        ),
      }),
      held: object({
        missing: count(),
        different: count(),
        added: count(),
        doubtful: count(),
        of: count(),
        shares: list(object({ server: text(), missing: count(), different: count(), added: count() })),
        sample: list(
          object({
            key: keyFields.key,
            keyBase64: bytes64(),
            what: words(['missing', 'different', 'added', 'doubtful']),
          }),
        ),
      }),
      obstacles: list(object({ keys: count(), text: text(), ...adviceFields })),
      scan: nullable(object({ checked: count(), of: count() })),
      scanMs: nullable(number('How long the last comparison of all keys took, in milliseconds.')),
    },
    'The Redis beside a node.',
  ),
);

export const failure = object({
  error: object({
    code: text('A stable word.'),
    message: text(),
    ...adviceFields,
    exitCode: count(),
  }),
});
