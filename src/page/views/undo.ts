import type { IncidentView, UndoReply } from '../../admin/protocol/api.js';
import { ask } from '../api.js';
import { h } from '../dom.js';
import { button, failure, typedGate } from '../parts.js';
import { count, grouped, keyOf, nowText, valueText } from '../words.js';

/** The way back from a resolution: what an undo would do first, and the undo once the cluster's id was typed. */
export function undoAction(incident: IncidentView, clusterId: string, mayResolve: boolean): HTMLElement | null {
  const { id, state, setAside } = incident;
  if (setAside === 0 || state === 'open' || state === 'resolving') return null;
  const panel = h('div', { class: 'panel', hidden: true });
  const open = async (): Promise<void> => {
    panel.hidden = !panel.hidden;
    press.setAttribute('aria-expanded', String(!panel.hidden));
    if (panel.hidden) return;
    panel.replaceChildren(h('p', { class: 'working' }, 'Looking at what it would do…'));
    try {
      panel.replaceChildren(
        ...planView(await ask('undo-plan', { incident: id }), clusterId, mayResolve, (done) => {
          panel.replaceChildren(done);
          done.focus();
        }),
      );
    } catch (error) {
      panel.replaceChildren(failure(error));
    }
  };
  const press = button(`undo-${id}`, 'What an undo would do', open, { 'aria-expanded': 'false' });
  return h('div', { class: 'undo' }, press, panel);
}

// ---

function planView(
  plan: UndoReply,
  clusterId: string,
  mayResolve: boolean,
  done: (outcome: HTMLElement) => void,
): Node[] {
  const { incident, restored, skipped, sample } = plan;
  const left = skipped === 0 ? '' : `; ${count(skipped, 'value')} written again since: left as they are`;
  const rows = sample.map((row) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, h('code', {}, keyOf(row))),
      h('td', {}, h('code', {}, valueText(row.overridden))),
      h('td', {}, row.now === null ? nowText(null, row) : h('code', {}, nowText(row.now, row))),
      h('td', {}, row.action === 'skip' ? `left: ${row.reason}` : row.action),
    ),
  );
  const heads = ['Key', 'Set aside', 'Now', 'What happens'].map((text) => h('th', { scope: 'col' }, text));
  const table = h('table', {}, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows));
  const more = restored + skipped - sample.length;
  const shown = [
    h('p', {}, `${count(restored, 'value')} would be written anew${left}. What an undo overrides is set aside too.`),
    h('div', { class: 'scroll' }, table),
    more > 0 ? h('p', { class: 'muted' }, `and ${grouped(more)} more`) : null,
  ].filter((one) => one !== null);
  if (restored === 0) return [...shown, h('p', { class: 'empty' }, 'There is nothing to restore.')];
  if (!mayResolve) return [...shown, h('p', { class: 'muted' }, 'An undo takes a user with the role admin.')];
  return [
    ...shown,
    typedGate(`undo-${incident}`, 'Undo', clusterId, async (typed) => {
      done(await undo(incident, typed));
      return null;
    }),
  ];
}

async function undo(incident: string, cluster: string): Promise<HTMLElement> {
  const { restored, skipped, undoIncident } = await ask('undo', { incident, cluster });
  const left = skipped === 0 ? '' : `, ${count(skipped, 'value')} left`;
  const back = undoIncident === null ? '' : ` It can itself be undone, as ${undoIncident}.`;
  return h(
    'p',
    { class: 'good', role: 'status', tabindex: -1 },
    `● Undone: ${count(restored, 'value')} written anew${left}.${back}`,
  );
}
