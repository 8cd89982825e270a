import type { PlanReply } from '../admin/protocol/api.js';
import type { MergePolicy } from '../operations/split-brain/merge-policy.js';
import type { Resolution } from '../operations/split-brain/resolve.js';
import type { Undo } from '../operations/split-brain/undo.js';

export interface Waiting {
  /** Ends the waiting, and the promise rejects with the signal's reason. What was begun at the nodes goes on. */
  readonly signal?: AbortSignal | undefined;
}

export interface MergeOptions extends Waiting {
  /**
   * `lww`, `keep-longest-ttl`, `prefer:NODE`, rules such as `cart:=prefer:a,=lww`, or a pure function of a conflict. Default: the cluster's
   * `on-heal` where that is a policy, else `lww`.
   */
  readonly policy?: string | MergePolicy | undefined;
}

export interface Approving {
  /** Shown the plan before anything is changed: false leaves all as it is. */
  readonly approve?: ((plan: PlanReply) => boolean | Promise<boolean>) | undefined;
}

export interface PlanOptions extends MergeOptions {
  /** The node to promote, in place of a merge. */
  readonly promote?: string | undefined;
  /** How many keys are named. Default: 100. */
  readonly limit?: number | undefined;
}

export interface UndoOptions extends Waiting {
  /** An incident's id, or a beginning that only it has. Default: the latest. */
  readonly incident?: string | undefined;
  /** Restore this key alone, even if it was written again since. */
  readonly key?: string | Uint8Array | undefined;
  /** Restore keys alone that begin so. */
  readonly prefix?: string | Uint8Array | undefined;
  /** Only say what would be restored. */
  readonly dryRun?: boolean | undefined;
}

/** What ends split-brains, asked of one node. Each rejects with an OperatorError, whose `code` says why; a node that was closed, with `closed`. */
export interface Resolving {
  /** What a resolution would do now. Changes nothing. Rejects with `no-split-brain` where there is none. */
  plan(options?: PlanOptions): Promise<PlanReply>;
  /** Ends the split-brain key by key. */
  merge(options?: MergeOptions & Approving): Promise<Resolution>;
  /** Ends the split-brain with this node's data; what other islands changed is set aside. */
  promote(node: string, options?: Waiting & Approving): Promise<Resolution>;
  /** Writes anew what a resolution has set aside. */
  undo(options?: UndoOptions): Promise<Undo>;
}
