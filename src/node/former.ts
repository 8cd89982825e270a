import type { MemberRecord } from '../core/membership/records.js';
import { OperatorError } from '../core/model/errors.js';
import type { NodeCore } from '../core/node.js';
import type { NodeStatus } from '../core/node-status.js';
import type { Engine } from '../engines/engine.js';
import { advice, quoteWord } from '../hints/advice.js';
import { rememberedSeeds } from './identity.js';

/** Addresses of members that a directory keeps for the day its node joins anew. */
const WAYS_MAX = 3;
/** So long after a start others are on their way, or being started too. */
const ALONE_MS = 60_000;

/** It has left, or was forgotten: a plain start with its data would only be refused again. It can join anew where the others are. */
export function markFormer(engine: Engine, status: NodeStatus): void {
  const others = othersOf(status);
  const inSight = others.filter(({ replica }) => status.peers.has(replica));
  const ways = [...new Set([...inSight, ...others])].map(({ address }) => address);
  engine.setMeta('former', true);
  if (ways.length > 0) engine.setMeta('seeds', ways.slice(0, WAYS_MAX));
}

/** @throws OperatorError `has-data` where the directory carries that mark, unless it is said to be wrong */
export async function refuseFormer(
  engine: Engine,
  dir: string,
  { join, stillMember }: { join?: readonly string[]; stillMember?: boolean },
): Promise<void> {
  if (stillMember === true || engine.getMeta('former') !== true) return;
  const ways = join ?? rememberedSeeds(engine);
  await engine.close();
  throw formerMember(dir, ways);
}

/**
 * One that was started all the same is a member by its operator's word alone, until another one has let it in: then the mark was
 * wrong. Of any other that comes back and finds nobody it is not known either: those who forgot it may have gone since. Returns
 * whether that is still to come.
 */
export function noteUnproven(engine: Engine, { problems, status }: NodeCore, upMs: number): boolean {
  const { self, peers } = status;
  const others = othersOf(status);
  const isMarked = engine.getMeta('former') === true;
  if (others.length === 0 || peers.size > 0) {
    if (isMarked) engine.setMeta('former', undefined);
    problems.clear('unproven');
    return false;
  }
  if (!isMarked && upMs < ALONE_MS) return true;
  const names = others.map(({ name }) => name).sort();
  problems.note(
    'unproven',
    '',
    `whether ${self.name} is still a member is not known: ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not in sight`,
    isMarked
      ? `Keep clients away from ${self.name} until one of them runs. If it refuses ${self.name}, what was written here is in no cluster.`
      : `If other nodes have taken their place, these may have forgotten ${self.name}: mneme cluster start --peer ADDRESS shows it one of them. Until a member is in sight, what is written here may be in no cluster.`,
  );
  return true;
}

// ---

function formerMember(dir: string, ways: readonly string[]): OperatorError {
  const place = quoteWord(dir);
  const joins = `mneme cluster join ${ways.join(',') || 'ADDRESS'} --set-aside-data --dir ${place}`;
  const anew = 'It comes back as a new member, and this data is set aside';
  const danger =
    'Only if the others still list it can it come back with its data. If they do not, and none is in sight to refuse it, it takes ' +
    `writes that are lost later: mneme cluster start --dir ${place} --still-member`;
  return new OperatorError(
    'has-data',
    `${dir} holds the data of a node that left its cluster, or was forgotten by it.`,
    ways.length > 0 ? advice(joins, `${anew}. ${danger}`) : `${anew}, by ${joins}. ${danger}`,
  );
}

function othersOf({ records, self }: NodeStatus): MemberRecord[] {
  return records.active().filter(({ replica }) => replica !== self.replica);
}
