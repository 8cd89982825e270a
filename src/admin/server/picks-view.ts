import { idToBytes } from '../../core/model/bytes.js';
import type { Steps } from '../../core/model/steps.js';
import type { KeptPlan } from '../../core/resolution/kept-plans.js';
import { findItem } from '../../core/resolution/shown-plan.js';
import type { KeyName, PicksView } from '../protocol/api.js';
import { keyName } from '../protocol/facts.js';

/** Of so many keys the names are given. */
const NAMED_MAX = 100;
/** A millisecond or so. */
const KEYS_PER_STEP = 2048;

/** How the picks of an operator fit a plan that was made with them. */
export function* picksView({ plan, decisions }: KeptPlan): Steps<PicksView> {
  const view: PicksView = { held: 0, missed: 0, missedKeys: [], unpicked: 0, unpickedKeys: [] };
  let seen = 0;
  for (const [id, decision] of decisions) {
    if (++seen % KEYS_PER_STEP === 0) yield;
    if (decision.picked !== true) continue;
    if (findItem(plan, idToBytes(id))?.pick === 'held') view.held++;
    else {
      view.missed++;
      note(view.missedKeys, id);
    }
  }
  for (const { id, conflict, pick, follows } of plan.items) {
    if (++seen % KEYS_PER_STEP === 0) yield;
    if (!conflict || pick !== null || follows === true) continue;
    view.unpicked++;
    note(view.unpickedKeys, id);
  }
  return view;
}

function note(names: KeyName[], id: string): void {
  if (names.length < NAMED_MAX) names.push(keyName(idToBytes(id)));
}
