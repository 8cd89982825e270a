import { type Bytes, idToBytes } from '../core/bytes.js';
import { clientKeyOf, databaseOf } from '../core/entry.js';
import type { KeptPlan } from '../core/kept-plans.js';
import { findItem } from '../core/shown-plan.js';
import type { KeyName, PicksView } from './api.js';
import { base64, inSlices } from './facts.js';

/** Of so many keys the names are given. */
const NAMED_MAX = 100;

/** How the picks of an operator fit a plan that was made with them. */
export async function picksView({ plan, decisions }: KeptPlan): Promise<PicksView> {
  const view: PicksView = { held: 0, missed: 0, missedKeys: [], unpicked: 0, unpickedKeys: [] };
  let picks = 0;
  await inSlices(decisions, ([id, decision]) => {
    if (decision.picked !== true) return;
    picks++;
    if (findItem(plan, idToBytes(id))?.pick === 'held') return;
    view.missed++;
    note(view.missedKeys, id);
  });
  view.held = picks - view.missed;
  await inSlices(plan.items, ({ id, conflict, pick }) => {
    if (!conflict || pick !== null) return;
    view.unpicked++;
    note(view.unpickedKeys, id);
  });
  return view;
}

export function keyName(key: Bytes): KeyName {
  return { keyBase64: base64(clientKeyOf(key)), database: databaseOf(key) };
}

function note(names: KeyName[], id: string): void {
  if (names.length < NAMED_MAX) names.push(keyName(idToBytes(id)));
}
