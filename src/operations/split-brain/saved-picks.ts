import type { AdminClient } from '../../admin/client/client.js';
import type { ConflictView, KeyName, PickRequest, PlanReply } from '../../admin/protocol/api.js';
import { versionName } from '../../core/model/version.js';
import { compareNames, nameOf } from './key-name.js';
import type { SomeKeys } from './picks.js';
import { addKeys } from './picks.js';
import { planRows } from './plan-save.js';
import { type OpenPlan, type SavedKey, versionText } from './plan-text.js';

/** How many versions whose keys are in only one of the two are checked for a renamed key. */
const APART_MAX = 10_000;

/**
 * The picks of a saved plan, held against the plan that the node has now: what a line says of a version is what the operator saw, so
 * a line that says something else is refused. Versions that are gone have been written over since, which is reported later.
 * @param undecided takes the keys without a pick
 * @throws OperatorError `bad-line`
 */
export async function* checkedPicks(
  executor: AdminClient,
  plan: PlanReply,
  saved: OpenPlan,
  undecided: SomeKeys,
): AsyncGenerator<PickRequest> {
  expectIslands(saved, plan);
  const rows = new RowsAlong(executor, plan.digest);
  const renamed = new Renamed(saved);
  for await (const key of saved.keys) {
    const row = await rows.upTo(key, renamed);
    if (row === null) renamed.noteSaved(key);
    else expectAsSeen(saved, key, row, plan);
    const { candidates, stands } = key;
    if (stands === null) addKeys(undecided, [nameOf(key)]);
    else yield { ...nameOf(key), candidates, stands };
  }
  await rows.rest(renamed);
}

// ---------------------------------------------------------------------------------------------------------------------

/** The rows of the node's plan, which are in the order of the saved one. */
class RowsAlong {
  private readonly rows: AsyncIterator<ConflictView>;
  private next: ConflictView | null = null;
  private isOver = false;

  constructor(executor: AdminClient, digest: string) {
    this.rows = oneByOne(planRows(executor, digest));
  }

  /** The row of a key; null: there is none. */
  async upTo(key: KeyName, renamed: Renamed): Promise<ConflictView | null> {
    for (;;) {
      const row = await this.peek();
      const order = row === null ? 1 : compareNames(row, key);
      if (row === null || order > 0) return null;
      this.next = null;
      if (order === 0) return row;
      renamed.notePlanned(row);
    }
  }

  async rest(renamed: Renamed): Promise<void> {
    for (let row = await this.peek(); row !== null && renamed.isOpen; row = await this.peek()) {
      renamed.notePlanned(row);
      this.next = null;
    }
  }

  private async peek(): Promise<ConflictView | null> {
    if (this.next !== null || this.isOver) return this.next;
    const { value, done } = await this.rows.next();
    this.isOver = done === true;
    this.next = this.isOver ? null : value;
    return this.next;
  }
}

/** A version belongs to one key: if a line has it under another, the line was changed. */
class Renamed {
  private readonly saved = new Map<string, number>();
  private readonly planned = new Set<string>();

  constructor(private readonly plan: OpenPlan) {}

  get isOpen(): boolean {
    return this.saved.size > 0;
  }

  noteSaved({ line, candidates }: SavedKey): void {
    for (const name of candidates.map(versionName)) {
      if (this.saved.size < APART_MAX) this.saved.set(name, line);
      if (this.planned.has(name)) throw this.refusal(line);
    }
  }

  notePlanned({ versions }: ConflictView): void {
    for (const version of versions) {
      if (version === null) continue;
      const name = versionName(version);
      if (this.planned.size < APART_MAX) this.planned.add(name);
      const line = this.saved.get(name);
      if (line !== undefined) throw this.refusal(line);
    }
  }

  private refusal(line: number): Error {
    return this.plan.bad(line, 'the versions below are of another key: do not change the key of a line');
  }
}

function expectAsSeen(saved: OpenPlan, key: SavedKey, row: ConflictView, { islands }: PlanReply): void {
  for (const [i, { line, island, text }] of key.versions.entries()) {
    const name = versionName(key.candidates[i]!);
    const at = row.versions.findIndex((one) => one !== null && versionName(one) === name);
    const seen = row.versions[at];
    if (seen == null) continue;
    const { members } = islands[at]!;
    const named = saved.header.islands[island]!;
    if (!named.some((member) => members.includes(member)))
      throw saved.bad(
        line,
        `island-${island + 1} is ${named.join(' ')} here, and the version is of ${members.join(' ')}`,
      );
    // An evicted value can no longer be seen.
    if (seen.evicted === true) continue;
    const expected = versionText(seen);
    if (text !== expected)
      throw saved.bad(line, `the version is ${expected.replace(/ {2}=\S+$/, '')}, and the line says something else`);
  }
}

/** Members may have gone since; those that are there are where the header has them. */
function expectIslands({ header, islandLines, bad }: OpenPlan, { islands }: PlanReply): void {
  const taken = new Map<number, number>();
  for (const [saved, members] of header.islands.entries()) {
    for (const member of members) {
      const at = islands.findIndex((island) => island.members.includes(member));
      const other = at < 0 ? saved : (taken.get(at) ?? saved);
      if (other !== saved)
        throw bad(islandLines[saved]!, `${member} is of the island ${islands[at]!.members.join(' ')}`);
      if (at >= 0) taken.set(at, saved);
    }
  }
}

async function* oneByOne(pages: AsyncIterable<ConflictView[]>): AsyncGenerator<ConflictView> {
  for await (const page of pages) yield* page.filter(({ follows }) => follows !== true);
}
