import type { NodeCore } from '../core/node.js';
import type { Engine } from '../engines/engine.js';

/** What decides whether a node serves. */
export interface Servant {
  readonly core: Pick<NodeCore, 'state' | 'joining'>;
  readonly engine: Pick<Engine, 'takes' | 'troubles'>;
  /** What a node without a cluster waits for, as in "this node …". */
  readonly waitsFor: string;
}

/** Why a node takes no writes now, as an error text with its code word; null: it does. `deletes`: asked for what only deletes. */
export function refusalOfWrites(servant: Servant, deletes: boolean): string | null {
  const { core, engine } = servant;
  const { state } = core;
  if (state === 'serving') return null;
  if (state === 'no-quorum') return NO_QUORUM;
  if (state === 'stopping') return 'ERR this node is stopping';
  if (state !== 'read-only') return notYetThere(servant) ?? 'LOADING';
  // A delete takes little: there is room for it also when the disk is full.
  return deletes && engine.takes !== 'nothing' ? null : misconfigured(engine);
}

/** Why a node serves nobody yet, as an error text; null: it does. */
export function notYetThere({ core: { state, joining }, waitsFor }: Servant): string | null {
  if (state === 'loading') return 'LOADING Mneme is waiting for its cluster, at most one failure timeout';
  if (state === 'gathering') return `LOADING this node ${waitsFor}`;
  if (state !== 'joining') return null;
  const progress = joining === null ? '' : ` (${joining.entries} of about ${joining.entriesExpected} entries)`;
  return `LOADING Mneme is joining its cluster${progress}`;
}

// ---

const NO_QUORUM = 'NOQUORUM this node sees no more than half of the members, and partition-mode is majority';

/** Redis' code word for a server that cannot save. */
function misconfigured({ troubles }: Pick<Engine, 'troubles'>): string {
  return `MISCONF ${troubles[0]?.text ?? 'read-only: the disk does not take writes'}`;
}
