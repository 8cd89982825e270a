import type { Asked } from '../admin/client/client.js';
import { OperatorError } from '../core/model/errors.js';
import {
  BYTES,
  COUNT,
  FUNCTION,
  faultOf,
  type Kind,
  type Kinds,
  SIGNAL,
  SWITCH,
  shown,
  TEXT,
} from '../core/model/fields.js';
import { clusterPolicy } from '../operations/split-brain/on-heal-policy.js';
import { splitBrainPlan } from '../operations/split-brain/plan.js';
import { type Resolution, splitBrainResolve } from '../operations/split-brain/resolve.js';
import { builtInPolicy, type Strategy } from '../operations/split-brain/strategy.js';
import { splitBrainUndo, type Undo } from '../operations/split-brain/undo.js';
import { whileWanted } from './abort.js';
import type { Approving, MergeOptions, Resolving, UndoOptions } from './resolving-types.js';

/** How many keys of a plan are named. */
const ROWS_SHOWN = 100;

export function resolvingAt(node: Asked): Resolving {
  return {
    plan: async (options = {}) => {
      checkFields('plan', options, PLAN);
      const { promote, limit = ROWS_SHOWN, policy, signal } = options;
      return whileWanted(signal, async () => splitBrainPlan(node, await strategyOf(node, policy, promote), { limit }));
    },
    merge: async (options = {}) => {
      checkFields('merge', options, MERGE);
      const { policy, approve, signal } = options;
      return whileWanted(signal, async () => resolve(node, await strategyOf(node, policy), approve, signal));
    },
    promote: async (name, options = {}) => {
      if (!TEXT.is(name)) throw usage(`promote takes the name of a node, not ${shown(name)}`);
      checkFields('promote', options, PROMOTE);
      const { approve, signal } = options;
      return whileWanted(signal, () => resolve(node, { kind: 'promote', node: name }, approve, signal));
    },
    undo: async (options = {}) => {
      checkFields('undo', options, UNDO);
      return whileWanted(options.signal, () => undo(node, options));
    },
  };
}

// ---

const POLICY: Kind = {
  is: (value) => TEXT.is(value) || FUNCTION.is(value),
  takes: 'lww, keep-longest-ttl, prefer:NODE, rules, or a function',
};
const PLAN: Kinds = { policy: POLICY, promote: TEXT, limit: COUNT, signal: SIGNAL };
const MERGE: Kinds = { policy: POLICY, approve: FUNCTION, signal: SIGNAL };
const PROMOTE: Kinds = { approve: FUNCTION, signal: SIGNAL };
const UNDO: Kinds = { incident: TEXT, key: BYTES, prefix: BYTES, dryRun: SWITCH, signal: SIGNAL };

function checkFields(what: string, given: object, kinds: Kinds): void {
  const fault = faultOf(what, given, kinds);
  if (fault !== null) throw usage(fault);
}

function usage(message: string): OperatorError {
  return new OperatorError('usage', message);
}

function resolve(
  node: Asked,
  strategy: Strategy,
  approve: Approving['approve'],
  signal: AbortSignal | undefined,
): Promise<Resolution> {
  return splitBrainResolve(
    node,
    strategy,
    { limit: ROWS_SHOWN },
    {
      plan: async (plan) => {
        const isApproved = approve === undefined || (await approve(plan));
        // Nobody waits for it any more, and nothing was changed yet.
        signal?.throwIfAborted();
        return isApproved;
      },
      asksAgain: false,
      changes: async () => {},
    },
  );
}

async function undo(
  node: Asked,
  { incident = 'latest', key, prefix, dryRun = false, signal }: UndoOptions,
): Promise<Undo> {
  const request = {
    incident,
    ...(key === undefined ? {} : { key: { database: 0, bytes: Buffer.from(key as Uint8Array) } }),
    rows: { limit: ROWS_SHOWN, ...(prefix === undefined ? {} : { prefix: Buffer.from(prefix as Uint8Array) }) },
  };
  return splitBrainUndo(node, request, async () => {
    signal?.throwIfAborted();
    return !dryRun;
  });
}

async function strategyOf(
  node: Asked,
  policy: MergeOptions['policy'],
  promote?: string | undefined,
): Promise<Strategy> {
  if (promote !== undefined) return { kind: 'promote', node: promote };
  if (policy === undefined) return (await clusterPolicy(node)).strategy;
  if (typeof policy === 'function') {
    // One without a name, written in its place, is called as the option.
    const name = policy.name || 'policy';
    const file = name === 'policy' ? '(a function)' : name;
    return { kind: 'merge', policy: 'module', name, file, decide: policy, failures: [] };
  }
  const known = builtInPolicy(policy);
  if (known !== null) return known;
  throw usage(`"${policy}" is no policy: give ${POLICY.takes}`);
}
