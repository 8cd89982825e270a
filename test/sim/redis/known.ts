import type { Fault } from './faults.js';

/** What the bridge is known not to stand yet, each with the reason; `--failing` has it all. */
export const KNOWN: { readonly faults: readonly Fault[]; readonly checkers: readonly string[] } = {
  faults: [],
  checkers: ['pace', 'owed', 'told', 'older'],
};
