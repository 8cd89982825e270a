import type { Message } from '../../src/core/replication/messages.js';
import type { DialError } from '../../src/links/errors.js';
import type { Link, LinkHandlers } from '../../src/links/link.js';

/** Writes down what a transport reports. */
export class Recorder implements LinkHandlers {
  readonly links: Link[] = [];
  readonly messages: Message[] = [];
  readonly downs: { readonly link: Link; readonly error: Error | null }[] = [];
  readonly failedDials: { readonly address: string; readonly error: DialError }[] = [];
  drains = 0;
  /** What a test does with a message beside having it written down. */
  react: (link: Link, message: Message) => void = () => {};

  /** The first link. */
  get link(): Link {
    const [link] = this.links;
    if (link === undefined) throw new Error('no link has come up');
    return link;
  }

  onUp(link: Link): void {
    this.links.push(link);
  }

  onMessage(link: Link, message: Message): void {
    this.messages.push(message);
    this.react(link, message);
  }

  onDown(link: Link, error: Error | null): void {
    this.downs.push({ link, error });
  }

  onDrain(): void {
    this.drains++;
  }

  onDialFailed(address: string, error: DialError): void {
    this.failedDials.push({ address, error });
  }
}

const DEADLINE_MS = 5_000;

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits, turn by turn, until the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`still not: ${condition}`);
    await turn();
  }
}
