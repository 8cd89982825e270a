import type { DoneReply } from '../../admin/protocol/api.js';

/** What a node answered to a step that concerns one node. */
export interface NodeDone extends DoneReply {
  node: string;
  replica: string;
  address: string;
}
