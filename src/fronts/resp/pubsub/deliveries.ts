/** A client's connection that holds messages for its client. */
export interface Recipient {
  /** Send what there is. */
  sendMessages(): void;
}

/**
 * Messages are sent once the turn of the event loop is over, all of a client's in one go. However many clients there are to write to,
 * that takes some milliseconds at a time.
 */
export class Deliveries {
  private due = new Set<Recipient>();
  private isScheduled = false;
  private readonly run = () => this.send();

  add(recipient: Recipient): void {
    this.due.add(recipient);
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(this.run);
  }

  remove(recipient: Recipient): void {
    this.due.delete(recipient);
  }

  private send(): void {
    this.isScheduled = false;
    const deadline = performance.now() + SLICE_MS;
    for (const recipient of this.due) {
      this.due.delete(recipient);
      recipient.sendMessages();
      if (performance.now() >= deadline) break;
    }
    if (this.due.size === 0) return;
    this.isScheduled = true;
    setImmediate(this.run);
  }
}

// ---

const SLICE_MS = 4;
