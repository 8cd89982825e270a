import type { ConflictView } from '../admin/protocol/api.js';
import { OperatorError } from '../core/model/errors.js';
import { conflictValues } from '../operations/split-brain/conflict-values.js';
import type { Desk } from '../operations/split-brain/desk.js';
import type { Taken, TakenReason } from '../operations/split-brain/desk-picks.js';
import { policyText } from '../operations/split-brain/strategy.js';
import type { Choice, Terminal } from './terminal.js';
import { type DeskPage, deskView, diffView } from './views/desk.js';
import { escapeText, grouped, inSentence, keyLabel, plural, printableKey } from './views/text.js';

/** How somebody leaves the desk. */
export type Leaving = 'apply' | 'save' | 'leave';

/** A person at the desk, key by key, until they leave it one way or another. */
export class DeskSession {
  private message: string | null = null;

  constructor(
    private readonly terminal: Terminal,
    private readonly desk: Desk,
    private readonly page: () => DeskPage,
  ) {}

  /** Told on the next screen. */
  tell(message: string): void {
    this.message = message;
  }

  async run(): Promise<Leaving> {
    for (;;) {
      const conflict = await this.desk.current();
      const key = await this.nextKey(conflict);
      this.message = null;
      if (key === 'a') return 'apply';
      if (key === 's') return 'save';
      if (key === 'q' && (await this.mayLeave())) return 'leave';
      await this.act(key, conflict).catch((error: unknown) => {
        // The desk stays, with all that was picked.
        if (!(error instanceof OperatorError) || error.code === 'declined') throw error;
        this.tell(error.message);
      });
    }
  }

  /** Ctrl-C leaves as q does: with picks only after a question. */
  private async nextKey(conflict: ConflictView | null): Promise<string> {
    try {
      return await this.terminal.key(this.screen(conflict), this.keys(), true);
    } catch (error) {
      if (error instanceof OperatorError && error.code === 'declined' && this.desk.picks.length > 0) return 'q';
      throw error;
    }
  }

  private screen(conflict: ConflictView | null): string {
    const { desk, message } = this;
    const { plan, at, picks } = desk;
    const standing = conflict === null ? null : desk.standing(conflict);
    const policy = `${desk.saved === null ? '' : `${desk.saved}, else `}${policyText(desk.policy)}`;
    const shown = { plan, policy, at, picks: picks.length, conflict, standing, message, nowMs: Date.now() };
    return deskView(shown, this.page());
  }

  private keys(): string[] {
    const numbers = this.desk.plan.islands.map((_, i) => String(i + 1)).slice(0, 9);
    return [...numbers, ...'npgudtrsaq', 'down', 'up', 'right', 'left', 'space'];
  }

  private async act(key: string, conflict: ConflictView | null): Promise<void> {
    const { desk } = this;
    if (['n', 'down', 'right', 'space'].includes(key)) return desk.go(desk.at + 1);
    if (['p', 'up', 'left'].includes(key)) return desk.go(desk.at - 1);
    if (key === 'u') return this.undo();
    if (key === 'g') return this.goTo();
    if (key === 'r') return this.takeReason();
    if (conflict === null) return this.tell('There is no conflict.');
    if (key === 'd') return this.difference(conflict);
    if (key === 't') return this.takePrefix(conflict);
    if (/^[1-9]$/.test(key)) return this.take(conflict, Number(key) - 1);
    this.tell(`"${escapeText(key)}" is none of the keys below.`);
  }

  private take(conflict: ConflictView, island: number): void {
    if (conflict.follows === true)
      return this.tell('It goes with its key, which is a conflict of its own: pick there.');
    if (conflict.versions[island] == null) return this.tell(`Island ${island + 1} has not changed this key.`);
    this.desk.picks.takeKey(conflict, island, this.desk.at);
    this.desk.go(this.desk.at + 1);
  }

  private undo(): void {
    const undone = this.desk.picks.undo();
    if (undone === undefined) this.tell('There is no pick to undo.');
    else if (undone.of === 'prefix')
      this.tell(`Undone: keys that begin with ${inSentence(printableKey(undone.prefix.toString('base64')))}.`);
    else if (undone.of === 'reason') this.tell(`Undone: ${undone.reason} keys.`);
    else {
      this.desk.go(undone.at);
      this.tell(`Undone: ${inSentence(keyLabel(undone.name))}.`);
    }
  }

  private async goTo(): Promise<void> {
    const answer = await this.terminal.input('Number of the conflict:');
    const { total } = this.desk;
    const number = /^\d+$/.test(answer.trim()) ? Number(answer) : 0;
    if (number >= 1 && number <= total) this.desk.go(number - 1);
    else this.tell(`"${escapeText(answer)}" is no conflict's number: they are 1 to ${grouped(total)}.`);
  }

  private async takePrefix(conflict: ConflictView): Promise<void> {
    const example = inSentence(printableKey(conflict.keyBase64));
    const answer = await this.terminal.input(`Keys that begin with (this one is ${example}):`);
    if (answer === '') return this.tell('Nothing was taken: no prefix was given.');
    const prefix = Buffer.from(answer, 'utf8');
    const count = await this.desk.count({ prefixBase64: prefix.toString('base64') });
    if (count === 0) return this.tell(`No conflict begins with "${answer}".`);
    const take = await this.terminal.select(`Of ${plural(count, 'conflict')}, what stands?`, this.takeChoices(false));
    this.desk.picks.takePrefix(prefix, takenOf(take));
    this.tell(`Taken: ${plural(count, 'conflict')} that begin with "${answer}".`);
  }

  private async takeReason(): Promise<void> {
    const kinds = this.desk.plan.summary?.kinds;
    const counts: [TakenReason, number][] = [
      ...(['changed', 'deleted', 'touched', 'alike'] as const).map((kind): [TakenReason, number] => [
        kind,
        kinds?.[kind] ?? 0,
      ]),
      ['uncertain', this.desk.plan.counts.uncertain],
    ];
    const choices = counts
      .filter(([, count]) => count > 0)
      .map(([value, count]) => ({ value, name: `${REASONS[value]} (${grouped(count)})` }));
    if (choices.length === 0) return this.tell('There are no conflicts.');
    const reason = await this.terminal.select('Which conflicts?', choices);
    const take = await this.terminal.select('What stands of them?', this.takeChoices(reason === 'deleted'));
    this.desk.picks.takeReason(reason, takenOf(take));
    const count = counts.find(([one]) => one === reason)?.[1] ?? 0;
    this.tell(`Taken: ${plural(count, 'conflict')}, ${REASONS[reason]}.`);
  }

  private takeChoices(isDeleted: boolean): Choice<string>[] {
    const islands = this.desk.plan.islands.map(({ members }, i) => ({
      value: String(i),
      name: `island ${i + 1}: ${members.join(' ')}, where it has changed them`,
    }));
    if (!isDeleted) return islands;
    return [
      { value: 'value', name: 'the value, the later one if there are several' },
      { value: 'delete', name: 'the delete' },
      ...islands,
    ];
  }

  private async difference(conflict: ConflictView): Promise<void> {
    const islands = conflict.versions.flatMap((version, i) => (version === null ? [] : [i]));
    const island = this.desk.standing(conflict).island ?? islands.at(-1)!;
    const first = islands.find((i) => i !== island) ?? island;
    const [one, other] = await this.desk.use((client) =>
      conflictValues(client, this.desk.plan, conflict, [first, island]),
    );
    const { valueDiff } = await import('../operations/split-brain/value-diff.js');
    const diff = valueDiff(one.value ?? Buffer.alloc(0), other.value ?? Buffer.alloc(0));
    const notes = [one, other].flatMap(({ island: i, value, isCut, isNewer }) => [
      ...(value === null ? [`${i + 1} is deleted`] : []),
      ...(isCut ? [`${i + 1} is longer than what is compared`] : []),
      ...(isNewer ? [`${i + 1} was written again since the plan was made`] : []),
    ]);
    const title = [`- island ${first + 1}, + island ${island + 1}`, ...notes].join('; ');
    for (let from = 0; ; ) {
      const { text, next } = diffView({ title, diff, from }, this.page());
      const key = await this.terminal.key(text, ['b', 'q', 'd', 'escape', 'space', 'return', 'n']);
      if (next === 0 || !['space', 'return', 'n'].includes(key)) return;
      from = next;
    }
  }

  private async mayLeave(): Promise<boolean> {
    const { length } = this.desk.picks;
    if (length === 0) return true;
    return this.terminal.confirm(`${plural(length, 'pick')} not saved. Leave all the same?`);
  }
}

const REASONS: Record<TakenReason, string> = {
  changed: 'changed on several islands',
  deleted: 'deleted on one, changed on another',
  touched: 'the same value with another expiry',
  alike: 'the same for a reader',
  'one-sided': 'changed on one island alone',
  uncertain: 'closer in time than the clocks agree',
};

function takenOf(choice: string): Taken {
  return choice === 'value' || choice === 'delete' ? choice : Number(choice);
}
