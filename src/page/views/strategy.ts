import type { Look } from '../../operations/dashboard/look.js';
import { h } from '../dom.js';

/** How a split-brain shall end: one of few ways, each in words. */
export class StrategyForm {
  readonly element: HTMLFieldSetElement;
  private readonly ways: HTMLInputElement[] = [];
  private readonly prefers: HTMLSelectElement;
  private readonly promotes: HTMLSelectElement;
  private readonly rules = h('input', {
    ...{
      id: 'rules',
      type: 'text',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: 'session:=lww,cart:=prefer:a,=lww',
    },
    'aria-label': 'Rules',
    input: () => this.choose('rules'),
  });

  constructor(look: Look, changed: () => void) {
    const names = look.members.map(({ name }) => name);
    this.prefers = this.nodes('prefer', names);
    this.promotes = this.nodes('promote', names);
    const way = (value: string, text: string, ...more: Node[]) => {
      const input = h('input', { type: 'radio', name: 'way', value, id: `way-${value}`, change: changed });
      this.ways.push(input);
      return h('div', { class: 'way' }, h('label', { for: input.id }, input, ` ${text}`), ...more);
    };
    this.element = h(
      'fieldset',
      { class: 'ways' },
      h('legend', {}, 'How shall it end?'),
      way('lww', 'Merge: key by key, the last write stands'),
      way('keep-longest-ttl', 'Merge: the value that lives longest stands'),
      way('prefer', 'Merge: what this node has stands', this.prefers),
      way('rules', 'Merge: by how keys begin', this.rules),
      way('promote', 'Promote: all of this node stands, the rest is set aside', this.promotes),
    );
    this.begin(look.onHeal);
    for (const field of [this.prefers, this.promotes, this.rules]) field.addEventListener('change', changed);
  }

  /** As the node takes it. */
  get value(): string {
    switch (this.ways.find(({ checked }) => checked)?.value) {
      case 'prefer':
        return `prefer:${this.prefers.value}`;
      case 'promote':
        return `promote:${this.promotes.value}`;
      case 'rules':
        return this.rules.value;
      case 'keep-longest-ttl':
        return 'keep-longest-ttl';
      default:
        return 'lww';
    }
  }

  /** As the cluster would have merged by itself. */
  private begin(onHeal: string): void {
    const preferred = /^prefer:([^=]+)$/.exec(onHeal)?.[1];
    if (preferred !== undefined) this.prefers.value = preferred;
    if (onHeal.includes('=')) this.rules.value = onHeal;
    const way = preferred !== undefined ? 'prefer' : onHeal.includes('=') ? 'rules' : onHeal;
    this.choose(way === 'keep-longest-ttl' || way === 'prefer' || way === 'rules' ? way : 'lww');
  }

  private nodes(way: string, names: readonly string[]): HTMLSelectElement {
    const options = names.map((name) => h('option', { value: name }, name));
    return h(
      'select',
      { id: `${way}-node`, 'aria-label': `Node to ${way}`, change: () => this.choose(way) },
      ...options,
    );
  }

  private choose(value: string): void {
    for (const way of this.ways) way.checked = way.value === value;
  }
}
