import { PART } from '../../../core/model/parts.js';
import type { Owners } from '../../../core/store/owners.js';
import type { MemberSink, ScoreList } from '../../../core/store/score-list.js';
import type { MemberLists } from '../../inner-loop.js';
import { INPUT, MEMBER_LENGTH, MEMBER_NAME, MEMBERS_BYTES } from './assembly/layout.js';
import type { Views } from './linear-memory.js';

/** Answers what compiled code asks of the members of sorted sets (see assembly/members.ts). */
export class ListedMembers implements MemberLists, MemberSink {
  private scores: ScoreList | null = null;
  private views!: Readonly<Views>;
  /** Where the next member is put. */
  private at = 0;

  constructor(
    private readonly ownersOf: () => Owners,
    private readonly viewsOf: () => Readonly<Views>,
  ) {}

  readonly openMembers = (hash: number, key: number, length: number): number => {
    this.views = this.viewsOf();
    const start = key - INPUT;
    const { input } = this.views;
    const owner = this.ownersOf().awakeAt(hash, input[start]!, input, start + 1, start + length);
    this.scores = owner?.lists[PART.score]?.scores ?? null;
    return this.scores === null ? -1 : this.scores.length;
  };

  readonly countBelow = (score: number, orEqual: number): number => this.scores!.countBelow(score, orEqual !== 0);

  readonly rankOf = (score: number, name: number, length: number): number => {
    const start = name - INPUT;
    return this.scores!.rankOf(score, this.views.input.toString('latin1', start, start + length));
  };

  readonly listMembers = (rank: number, count: number, isReversed: number): number => {
    this.at = 0;
    this.scores!.tell(rank, count, isReversed !== 0, this);
    return this.at <= MEMBERS_BYTES ? 1 : 0;
  };

  member(score: number, name: string): void {
    const { at, views } = this;
    const { length } = name;
    const start = at + MEMBER_NAME;
    this.at = (start + length + 7) & ~7;
    if (this.at > MEMBERS_BYTES) return;
    const { members, memberWords, memberScores } = views;
    memberScores[at >>> 3] = score;
    memberWords[(at + MEMBER_LENGTH) >>> 2] = length;
    if (length > LOOP_CHARACTERS) members.write(name, start, 'latin1');
    else for (let i = 0; i < length; i++) members[start + i] = name.charCodeAt(i);
  }
}

// ---

/** Up to this length a loop is faster than a call into the runtime. */
const LOOP_CHARACTERS = 64;
