import type { IncidentView } from '../../admin/protocol/api.js';
import { replicaOf } from '../../core/model/version.js';
import type { Named } from '../../operations/common/named.js';

/** A member by its name, or by the id that stands in the place of a name that is not known any more. */
export type Who = (nameOrId: string) => Named;

/** Members of now, and of incidents: those who have left since are known from these alone. */
export function whoOfStatus({
  members,
  everyone = members,
  incidents,
}: {
  members: readonly Named[];
  everyone?: readonly Named[];
  incidents: readonly Pick<IncidentView, 'islands'>[];
}): Who {
  return whoOf([...incidents.flatMap(({ islands }) => islands.flatMap(membersOf)), ...everyone]);
}

export function whoOf(members: Iterable<Named>): Who {
  const known = new Map<string, Named>();
  for (const { name, replica } of members) {
    const member = { name, replica };
    known.set(replica, member);
    known.set(name, member);
  }
  return (nameOrId) => known.get(nameOrId) ?? { name: nameOrId, replica: nameOrId };
}

/** Names and ids in the same order, as islands have them. */
export function membersOf({ members, replicas }: { members: readonly string[]; replicas: readonly string[] }): Named[] {
  return members.map((name, i) => ({ name, replica: replicas[i] ?? name }));
}

/** Who wrote something: its name is told, or its id where there is no name. */
export function writerOf(name: string, origin: string): Named {
  return { name, replica: replicaOf(origin) };
}
