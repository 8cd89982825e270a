import type { Context } from '../context.js';
import type { ReplicaId } from '../model/version.js';

const PROBLEM = 'link-fault';
/** A member that has sent nothing of the kind for this long counts as mended. */
const KEPT_MS = 60_000;

/** R15 and beyond: which members sent what no node sends. Their links were closed and nothing of it was taken in. */
export class LinkFaults {
  private readonly lastMs = new Map<ReplicaId, number>();

  constructor(private readonly context: Context) {}

  /** `what`: as in "a sent …". */
  note(replica: ReplicaId, what: string): void {
    const { problems, records, ports } = this.context;
    const name = records.nameOf(replica);
    this.lastMs.set(replica, ports.monoMs());
    const text = `${name} sent ${what}: nothing of that was taken in, and the link was closed`;
    problems.note(PROBLEM, replica, text, { code: 'see-member', member: name });
  }

  tick(): void {
    const nowMs = this.context.ports.monoMs();
    for (const [replica, atMs] of this.lastMs) {
      if (nowMs - atMs < KEPT_MS) continue;
      this.lastMs.delete(replica);
      this.context.problems.clear(PROBLEM, replica);
    }
  }
}
