import { linkState } from './cluster.js';
import { engine, entry, keyOrPartFields, member, ofMember, silentMembers } from './common.js';
import { count, duration, flag, island, list, named, nullable, object, text, time, words } from './shape.js';

const vector = named(
  'vector',
  object(
    {
      seqs: list(object({ origin: text(), writer: member, seq: count() })),
      floors: list(
        object({ member, boot: nullable(count(), 'null: above all.') }),
        'All runs of this member before that one are there as a whole.',
      ),
    },
    'Which writes a replica has: of each origin all up to a number.',
  ),
);

const replicaFields = {
  ...ofMember,
  address: text(),
  entries: count(),
  evicted: count(),
  tombstones: count(),
  logRows: count(),
  vector,
  ownSeq: count('Its own writes in this run.'),
  durableSeq: count('Those of them that are on its disk.'),
  engine: nullable(engine, 'null: the node holds its entries itself.'),
};

export const replicaList = object({
  same: flag('All that answered hold the same at this moment.'),
  replicas: list(
    object({ ...replicaFields, memoryOnly: flag(), digest: text(), group: text('The same letter for the same data.') }),
  ),
  unreachable: silentMembers,
});

export const replicaInspect = object({
  ...replicaFields,
  lacks: list(
    object({ peer: member, origin: text(), writer: member, from: count(), upto: count() }),
    'What others have acknowledged to have and it lacks.',
  ),
  links: list(
    object({
      ...{ peer: member, address: text(), state: linkState, sendLag: count(), receiveLag: count() },
      ...{ roundTripMs: nullable(duration()), clockSkewMs: nullable(duration()) },
      ...{ bytesSent: count(), bytesReceived: count(), connectedSinceMs: nullable(time()) },
    }),
  ),
});

export const replicaVerify = object({
  state: words(['same', 'in-flight', 'different', 'split-brain', 'partition', 'incomplete']),
  healthy: flag('false: the exit code is 3.'),
  replicas: list(object({ ...ofMember, address: text(), entries: count(), digest: text() })),
  unreachable: silentMembers,
  rounds: count(),
  differingBuckets: list(count()),
  differences: list(
    object({
      ...keyOrPartFields,
      bucket: count(),
      kind: words(['missing', 'older', 'other-value']),
      holder: member,
      lacker: member,
      writer: member,
      writtenMs: time(),
      hlc: count(),
      origin: text(),
    }),
  ),
  inFlight: list(object({ holder: member, lacker: member, entries: count() })),
  onlyInIsland: list(object({ island: island(), members: list(member), entries: count() })),
});

const KINDS = ['only-in-first', 'only-in-second', 'newer-in-first', 'newer-in-second', 'other-value'] as const;

export const replicaCompare = object({
  first: member,
  second: member,
  same: flag(),
  counts: list(object({ kind: words(KINDS), keys: count() })),
  keys: list(
    object({ ...keyOrPartFields, kind: words(KINDS), first: nullable(entry), second: nullable(entry) }),
    'The first of them.',
  ),
  truncated: flag(),
});

export const engineReply = object({ node: member, engine, keys: count('How many were settled.') });
