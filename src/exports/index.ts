/** `mneme`: a node of a Mneme cluster in the process of an application. */
export type { PlanReply as Plan, StatusReply as NodeStatus } from '../admin/protocol/api.js';
export { OperatorError, type OperatorErrorCode } from '../core/model/errors.js';
export { bytes, type Codec, json, text } from '../fronts/library/codec.js';
export type {
  BatchWrite,
  Change,
  Entries,
  Expiry,
  FoundEntry,
  FoundKey,
  IterationOptions,
  Key,
  KeyKind,
  OtherKind,
  WatchOptions,
} from '../fronts/library/entries.js';
export { MnemeError, type MnemeErrorCode, WriteRefusedError } from '../fronts/library/errors.js';
export type { MergePolicy, PolicyConflict } from '../operations/split-brain/merge-policy.js';
export type { Resolution } from '../operations/split-brain/resolve.js';
export type { Undo } from '../operations/split-brain/undo.js';
export type { NodeEventName, NodeEvents } from './node-events.js';
export { type MnemeNode, openNode } from './open-node.js';
export type { OpenNodeOptions } from './open-options.js';
export type { Approving, MergeOptions, PlanOptions, Resolving, UndoOptions, Waiting } from './resolving-types.js';
