import type { Look } from '../../operations/dashboard/look.js';
import { h, show } from '../dom.js';
import { badge, button, nextStep } from '../parts.js';
import { signOf } from '../words.js';

/** How the cluster is, in one sentence, and what to do next: first of all that is shown. */
export class BannerView {
  readonly element = h('div', { id: 'banner' });
  private readonly headline = h('p', { class: 'headline' });
  /** The headline counts seconds: who listens to the page is told when the state is another one. */
  private readonly spoken = h('p', { class: 'spoken', role: 'status' });
  private readonly step = h('div', { class: 'step' });
  private readonly rest = h('div', { class: 'rest' });

  /** @param toDesk null: this user cannot resolve */
  constructor(private readonly toDesk: (() => void) | null) {
    this.element.append(this.headline, this.spoken, this.step, this.rest);
  }

  update(look: Look): void {
    const { tone, glyph, word } = signOf(look.state);
    if (this.spoken.textContent !== word) show(this.spoken, word);
    this.element.className = `banner ${tone}`;
    showIfChanged(this.headline, [
      h('span', { class: `glyph ${tone}`, 'aria-hidden': 'true' }, glyph),
      h('strong', {}, look.headline),
    ]);
    showIfChanged(this.step, this.stepsOf(look));
    showIfChanged(this.rest, restOf(look));
  }

  /** What this page can do about it, then what a terminal can. */
  private stepsOf({ state, past, onHeal, next, note }: Look): Node[] {
    const other = [next, note].filter((one) => one !== null).join('\n');
    const command = other === '' ? [] : [h('p', { class: 'terminal' }, nextStep(other, 'In a terminal: '))];
    if (state === 'split-brain' && past.some((one) => one.state === 'open')) {
      const text =
        'All islands go on serving, and nothing is lost: what each wrote stays until it is decided which stands.';
      const who = h('p', { class: 'muted' }, 'A user with the role admin resolves it.');
      const act =
        this.toDesk === null
          ? who
          : button('to-desk', 'Show what a resolution would do', this.toDesk, { class: 'primary' });
      return [h('p', {}, text), act, ...command];
    }
    if (state !== 'partition' && state !== 'node-down') return command;
    const after =
      onHeal === 'manual'
        ? 'If both sides wrote meanwhile, it is decided at the desk once they meet again.'
        : `Once they meet again, the cluster does what its on-heal says: ${onHeal}.`;
    return [h('p', {}, `All members that run go on serving. ${after}`), ...command];
  }
}

// ---

function restOf({ headline, problems, notes, drills }: Look): Node[] {
  return [
    ...problems
      .filter(({ text }) => !headline.includes(text))
      .map(({ node, text, next }) =>
        h('p', { class: 'problem' }, badge('problem'), ` ${node}: ${text} `, next === null ? null : nextStep(next)),
      ),
    drills.length === 0
      ? null
      : h(
          'p',
          { class: 'muted' },
          `Drill: ${drills.map(({ node, cut }) => `${node} is cut from ${cut.join(', ')}`).join('; ')}.`,
        ),
    ...notes.map(({ node, text }) => h('p', { class: 'muted' }, `${node}: ${text}`)),
  ].filter((one) => one !== null);
}

/** So that a screen reader is not told again what it has told, and nothing is taken away from under a finger. */
function showIfChanged(place: Element, content: readonly Node[]): void {
  const isSame =
    place.childNodes.length === content.length && content.every((one, i) => one.isEqualNode(place.childNodes[i]!));
  if (!isSame) show(place, ...content);
}
