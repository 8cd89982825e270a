import type { IncidentRecord } from '../../src/core/membership/records.js';
import type { Entry } from '../../src/core/model/entry.js';
import type { Origin, ReplicaId } from '../../src/core/model/version.js';
import type { Message } from '../../src/core/replication/messages.js';
import type { Group } from '../../src/core/store/store.js';
import type { PartOperation } from './part-clients.js';
import type { SimNode } from './sim-node.js';
import type { Write } from './writes.js';

/** One property that must hold. It sees what happens, and calls `world.fail` when the property is broken. */
export interface Checker {
  readonly name: string;
  /** A local write is about to be made, or compiled code has just made it. `before`: what its key had. */
  writing?(node: SimNode, write: Write, before: Entry | undefined): void;
  /** A client is about to touch a key; and it has. */
  touching?(node: SimNode, key: Uint8Array): void;
  touched?(node: SimNode): void;
  /** A client is about to do something with a key that has parts, or may come to have some; and it has. */
  operating?(node: SimNode, operation: PartOperation): void;
  operated?(node: SimNode, operation: PartOperation): void;
  /** An entry is about to take the place of another one, or of none. */
  putting?(node: SimNode, group: Group, entry: Entry, before: Entry | undefined): void;
  dropping?(node: SimNode, group: Group, entry: Entry): void;
  trimming?(node: SimNode, group: Group, origin: Origin, upto: number): void;
  /** The vector moved. */
  advanced?(node: SimNode, group: Group, origin: Origin, from: number, upto: number): void;
  retired?(node: SimNode, group: Group, replica: ReplicaId, boot: number): void;
  /** A message has been handled by its receiver. */
  received?(node: SimNode, from: SimNode, message: Message): void;
  /** An executor has raised a fence. */
  fenced?(incident: IncidentRecord): void;
  /** An executor has written that an incident is resolved. */
  resolved?(node: SimNode, incident: IncidentRecord): void;
  /** `wasKept`: what clients were told to be kept must be there. */
  crashed?(node: SimNode, wasKept: boolean): void;
  /** Its disk is that of an older copy now. */
  setBack?(node: SimNode): void;
  /** A memory-only node has ended, and is about to be somebody new. */
  emptied?(node: SimNode): void;
  started?(node: SimNode): void;
  /** After all was healed: null if the property holds, else what is still missing. Asked again until it holds. */
  pending?(): string | null;
  /** At the very end, after nothing is pending any more. */
  end?(): void;
}

export class SimFailure extends Error {
  override name = 'SimFailure';

  constructor(
    readonly checker: string,
    readonly tick: number,
    message: string,
  ) {
    super(message);
  }
}
