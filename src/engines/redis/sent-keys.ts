import type { Storage } from '../../core/store/store.js';

/**
 * The collections that Redis may hold as the node has them, since they were sent and nobody heard how that ended. A start takes no other
 * collection for sent: it would judge what an application has changed by a state that its Redis never had. Strings have no elements to be
 * judged, and are not listed: those that waited before a start may have been sent.
 */
export class SentKeys {
  private readonly ids: Set<string>;
  private hasChanged = false;

  /** Whether the node kept such a list before it was started: an earlier version of the program did not. */
  readonly wasKept: boolean;

  constructor(private readonly storage: Storage) {
    const kept = storage.getMeta(SENT) as string[] | undefined;
    this.wasKept = kept !== undefined;
    this.ids = new Set(kept);
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  note(id: string, isSent: boolean): void {
    if (isSent === this.ids.has(id)) return;
    if (isSent) this.ids.add(id);
    else this.ids.delete(id);
    this.hasChanged = true;
  }

  /** To be called at the end of what happens together. */
  record(): void {
    if (!this.hasChanged) return;
    this.hasChanged = false;
    this.storage.setMeta(SENT, [...this.ids]);
  }
}

const SENT = 'redis/sent';
