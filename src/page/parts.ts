import { commandAt, readAdvice } from '../hints/advice.js';
import { Refused } from './api.js';
import { h } from './dom.js';
import { signOf } from './words.js';

/** Small things that several views are made of. */

export function badge(state: string): HTMLElement {
  const { tone, glyph, word } = signOf(state);
  return h('span', { class: `state ${tone}` }, h('span', { 'aria-hidden': 'true', class: 'glyph' }, glyph), ` ${word}`);
}

export function section(id: string, title: string, ...content: (Node | string)[]): HTMLElement {
  return h('section', { id, 'aria-labelledby': `${id}-title` }, h('h2', { id: `${id}-title` }, title), ...content);
}

export function button(
  id: string,
  text: string,
  press: () => unknown,
  attributes: Record<string, string | boolean> = {},
) {
  return h('button', { id, type: 'button', ...attributes, click: () => void press() }, text);
}

/** What went wrong, and what to do next. */
export function failure(error: unknown): HTMLElement {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Refused ? error.hint : null;
  const sign = h('span', { 'aria-hidden': 'true', class: 'glyph' }, '✕');
  if (hint === null) return h('p', { role: 'alert', class: 'failure bad' }, sign, ` ${message}`);
  const told = /[.!?]$/.test(message) ? message : `${message}.`;
  return h('p', { role: 'alert', class: 'failure bad' }, sign, ` ${told} `, nextStep(hint));
}

let nodeAddress: string | null = null;

/** Commands that are shown ask the node that this page is of. */
export function askedAt(address: string | null): void {
  nodeAddress = address;
}

/** What to do next: a command that can be copied, after some words, and what else is said below it. */
export function nextStep(text: string, before = ''): HTMLElement {
  const { command, note } = readAdvice(text);
  return h(
    'span',
    { class: 'next' },
    ...(command === null ? [] : [before, h('code', {}, commandAt(command, nodeAddress))]),
    note === null ? null : h('span', { class: 'note' }, note),
  );
}

/**
 * What changes the cluster: done by a button that wakes once the cluster's id was typed, so that nobody changes another cluster than
 * the one they think they look at.
 * @param act takes what was typed; resolves to what is shown when it is done, null: it is shown elsewhere
 */
export function typedGate(
  id: string,
  verb: string,
  clusterId: string,
  act: (typed: string) => Promise<Node | null>,
): HTMLElement {
  const outcome = h('div', { class: 'outcome', 'aria-live': 'polite' });
  const press = h('button', { id: `${id}-do`, type: 'submit', class: 'primary', disabled: true }, verb);
  const field = h('input', {
    ...{ id: `${id}-typed`, type: 'text', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' },
    input: () => {
      press.disabled = typed() !== clusterId;
      const isOther = !clusterId.startsWith(typed());
      outcome.replaceChildren(...(isOther ? [h('p', { class: 'muted' }, 'That is not the id of this cluster.')] : []));
    },
  });
  // Ids are in small letters.
  const typed = () => field.value.trim().toLowerCase();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    press.disabled = true;
    outcome.replaceChildren(h('p', { class: 'working' }, 'Working…'));
    try {
      const done = await act(typed());
      outcome.replaceChildren(...(done === null ? [] : [done]));
      field.value = '';
    } catch (error) {
      outcome.replaceChildren(failure(error));
      press.disabled = false;
    }
  };
  const label = h('label', { for: field.id }, 'Type the id of the cluster, ', h('code', {}, clusterId), ', to go on');
  return h(
    'form',
    { class: 'gate', submit: (event) => void submit(event) },
    label,
    h('div', { class: 'row' }, field, press),
    outcome,
  );
}
