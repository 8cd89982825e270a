import { OperatorError } from '../../core/model/errors.js';
import { advice } from '../../hints/advice.js';
import { findMember, type Members, type SilentMember, withMembers } from '../common/survey.js';

export interface DrillStatus {
  /** Whether any link is cut on purpose. */
  on: boolean;
  nodes: { name: string; replica: string; address: string; allowed: boolean; cut: string[] }[];
  unreachable: SilentMember[];
}

/** Which links are cut on purpose, as each member says. */
export async function drillStatus(address: string): Promise<DrillStatus> {
  return withMembers(address, readAll);
}

/** Cut the link between two members. Other cuts stay. */
export async function drillCut(address: string, first: string, second: string): Promise<DrillStatus> {
  return withMembers(address, async (members) => {
    const a = findMember(members.all, first).name;
    const b = findMember(members.all, second).name;
    if (a === b)
      throw new OperatorError('usage', `${a} has no link to itself`, 'name two members: mneme drill cut A B');
    return applyCuts(members, new Map([cutOf(a, [b]), cutOf(b, [a])]));
  });
}

/** Cut every link between a group and all other members. Links within either side stay as they are. */
export async function drillPartition(address: string, group: readonly string[]): Promise<DrillStatus> {
  return withMembers(address, async (members) => {
    const inside = [...new Set(group.map((name) => findMember(members.all, name).name))];
    const outside = members.all.map((member) => member.name).filter((name) => !inside.includes(name));
    if (outside.length === 0) {
      throw new OperatorError(
        'usage',
        'all members are in the group, so there is nothing to cut',
        'name the members of one part: mneme drill partition A,B',
      );
    }
    const cuts = [...inside.map((name) => cutOf(name, outside)), ...outside.map((name) => cutOf(name, inside))];
    return applyCuts(members, new Map(cuts));
  });
}

/**
 * End all cuts on all members that can be reached.
 * @throws OperatorError `refused` where nothing is cut.
 */
export async function drillHeal(address: string): Promise<DrillStatus> {
  return withMembers(address, async (members) => {
    const before = await members.ask((client) => client.call('DRILL', {}));
    const drilling = new Set(before.filter(({ answer }) => answer.cut.length > 0).map(({ member }) => member.replica));
    if (drilling.size === 0) {
      const silent = members.unreachable.map((member) => member.name);
      const where = silent.length === 0 ? '' : ` on the members that answer; ${silent.join(', ')} did not`;
      throw new OperatorError('refused', `no link is cut on purpose${where}`, 'mneme drill status');
    }
    await members.ask((client, { replica }) => client.call('DRILL', drilling.has(replica) ? { heal: true } : {}));
    return readAll(members);
  });
}

async function readAll(members: Members): Promise<DrillStatus> {
  const answers = await members.ask((client) => client.call('DRILL', {}));
  const nodes = answers.map(({ member: { name, replica, address }, answer: { allowed, cut } }) => {
    return { name, replica, address, allowed, cut };
  });
  return { on: nodes.some((node) => node.cut.length > 0), nodes, unreachable: members.unreachable };
}

/** Check all that take part first: half a cut would be a rehearsal of something else. */
async function applyCuts(members: Members, cuts: ReadonlyMap<string, string[]>): Promise<DrillStatus> {
  const before = await readAll(members);
  for (const name of cuts.keys()) {
    const node = before.nodes.find((candidate) => candidate.name === name);
    if (node === undefined)
      throw new OperatorError('not-reachable', `${name} does not answer, so nothing was cut`, 'mneme cluster status');
    if (!node.allowed) throw notAllowed(node);
  }
  await members.ask((client, { name }) => {
    const added = cuts.get(name);
    const present = before.nodes.find((node) => node.name === name)?.cut ?? [];
    return client.call('DRILL', added === undefined ? {} : { cut: [...new Set([...present, ...added])].sort() });
  });
  return readAll(members);
}

function notAllowed({ name, address }: { name: string; address: string }): OperatorError {
  const hint = advice(
    `mneme cluster stop --node ${address}`,
    `Then start ${name} again as before, and with --allow-drills.`,
  );
  return new OperatorError('drills-not-allowed', `${name} was not started with --allow-drills; nothing was cut`, hint);
}

function cutOf(name: string, from: readonly string[]): [string, string[]] {
  return [name, [...from]];
}
