import type { Diagnosis } from '../../operations/doctor/doctor.js';
import { ask } from '../api.js';
import { h } from '../dom.js';
import { button, failure, nextStep } from '../parts.js';
import { count } from '../words.js';

/** What doctor finds, when the page is opened and whenever somebody asks anew. */
export class DoctorView {
  readonly element: HTMLElement;
  private readonly findings = h('div', { 'aria-live': 'polite' });
  private readonly press: HTMLButtonElement;

  constructor() {
    this.press = button('examine', 'Examine again', () => this.examine());
    this.element = h('div', { class: 'doctor' }, this.findings, this.press);
  }

  async examine(): Promise<void> {
    this.press.disabled = true;
    if (!this.findings.hasChildNodes()) this.findings.append(h('p', { class: 'working' }, 'Examining, for a second…'));
    try {
      this.findings.replaceChildren(...diagnosisView(await ask('doctor', {})));
    } catch (error) {
      this.findings.replaceChildren(failure(error));
    }
    this.press.disabled = false;
  }
}

// ---

function diagnosisView({ members, checks, findings }: Diagnosis): Node[] {
  const looked = `${count(checks.length, 'check')} at ${count(members.length, 'member')}`;
  const fine = checks.filter((name) => !findings.some(({ check }) => check === name));
  const rows = findings.map(({ check, text, next }) =>
    h(
      'li',
      {},
      h('span', { class: 'state warn' }, h('span', { 'aria-hidden': 'true', class: 'glyph' }, '▲'), ` ${check}`),
      h('div', {}, text, next === null ? null : nextStep(next)),
    ),
  );
  return [
    findings.length === 0
      ? h('p', { class: 'good' }, `● ${looked}: nothing found`)
      : h('p', {}, `${looked}: ${count(findings.length, 'finding')}`),
    ...(rows.length === 0 ? [] : [h('ul', { class: 'findings' }, ...rows)]),
    ...(fine.length === 0 ? [] : [h('p', { class: 'muted' }, `Fine: ${fine.join(', ')}`)]),
  ];
}
