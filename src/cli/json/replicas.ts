import type { ReplicaReply, VectorJson } from '../../admin/protocol/api.js';
import { FLOOR_ALL } from '../../core/model/vector.js';
import { replicaOf } from '../../core/model/version.js';
import type { Named } from '../../operations/common/named.js';
import type { ReplicaComparison } from '../../operations/replica/compare.js';
import type { ReplicaInspection } from '../../operations/replica/inspect.js';
import type { ReplicaList } from '../../operations/replica/list.js';
import type { Verification } from '../../operations/replica/verify.js';
import type * as shapes from '../shapes/replica.js';
import type { Of } from '../shapes/shape.js';
import { keyJson } from './bytes.js';
import { engineJson } from './engine.js';
import { entryOrNull } from './entries.js';
import { type Who, whoOf, writerOf } from './members.js';

export function replicaListJson({
  same,
  replicas,
  everyone = replicas,
  unreachable,
}: ReplicaList): Of<typeof shapes.replicaList> {
  const who = whoOf([...everyone, ...unreachable]);
  return {
    same,
    replicas: replicas.map((row) => {
      const { memoryOnly, digest, group } = row;
      return { ...replicaFields(row, who), memoryOnly, digest, group };
    }),
    unreachable,
  };
}

export function replicaInspectJson(inspection: ReplicaInspection): Of<typeof shapes.replicaInspect> {
  const known: Named[] = Object.entries(inspection.members).map(([replica, name]) => ({ replica, name }));
  const who = whoOf(known);
  return {
    ...replicaFields(inspection, who),
    lacks: inspection.lacks.map(({ peer, origin, from, upto }) => {
      return { peer: who(peer), origin, writer: who(replicaOf(origin)), from, upto };
    }),
    links: inspection.links.map(({ peer, ...link }) => ({ peer: who(peer), ...link })),
  };
}

export function replicaVerifyJson(verification: Verification): Of<typeof shapes.replicaVerify> {
  const { replicas, unreachable, differences, inFlight, onlyInIsland } = verification;
  const who = whoOf([...replicas, ...unreachable]);
  return {
    ...verification,
    differences: differences.map(({ holder, lacker, writer, ...row }) => {
      const found = { holder: who(holder), lacker: who(lacker), writer: writerOf(writer, row.origin) };
      return { ...row, ...keyJson(row), ...found };
    }),
    inFlight: inFlight.map(({ holder, lacker, entries }) => ({ holder: who(holder), lacker: who(lacker), entries })),
    onlyInIsland: onlyInIsland.map(({ island, entries }, i) => ({ island: i + 1, members: island.map(who), entries })),
  };
}

export function replicaCompareJson(comparison: ReplicaComparison): Of<typeof shapes.replicaCompare> {
  const { members, same, counts, keys, truncated } = comparison;
  const [first, second] = members.map(({ name, replica }) => ({ name, replica })) as [Named, Named];
  return {
    ...{ first, second, same },
    counts: (Object.keys(counts) as (keyof typeof counts)[]).map((kind) => ({ kind, keys: counts[kind] })),
    keys: keys.map((row) => {
      return { ...keyJson(row), kind: row.kind, first: entryOrNull(row.first), second: entryOrNull(row.second) };
    }),
    truncated,
  };
}

// ---

function replicaFields(facts: Omit<ReplicaReply, 'links' | 'lacks'> & { address: string }, who: Who) {
  const { name, replica, address, entries, evicted = 0, tombstones, logRows, ownSeq, durableSeq, engine } = facts;
  return {
    ...{ name, replica, address, entries, evicted, tombstones, logRows, ownSeq, durableSeq },
    vector: vectorJson(facts.vector, who),
    engine: engine ? engineJson(engine) : null,
  };
}

function vectorJson({ seqs, floors }: VectorJson, who: Who) {
  return {
    seqs: Object.entries(seqs).map(([origin, seq]) => ({ origin, writer: who(replicaOf(origin)), seq })),
    floors: Object.entries(floors).map(([replica, boot]) => {
      return { member: who(replica), boot: boot === FLOOR_ALL ? null : boot };
    }),
  };
}
