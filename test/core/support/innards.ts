import type { Context } from '../../../src/core/context.js';
import type { NodeCore } from '../../../src/core/node.js';

/** What no public face shows: for tests that put a node into a state which no event brings about by itself. */
export function innardsOf(core: NodeCore): Context {
  return (core as unknown as { context: Context }).context;
}
