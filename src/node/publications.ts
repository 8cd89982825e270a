import type { Problems } from '../core/membership/problems.js';
import type { Publication } from '../core/model/publication.js';
import type { PeerStatus } from '../core/node-status.js';
import { PUBLICATIONS_SINCE } from '../core/replication/messages.js';
import { encodeMessage } from '../links/codec.js';
import { LINK_SETTINGS, type Link } from '../links/link.js';

/** Bytes of publications that wait for a member's link. One that is longer waits alone. */
export const WAITING_BYTES_MAX = 8 * 1024 * 1024;

export interface PublicationsHost {
  /** Members to which there is a link. */
  peers(): Iterable<Pick<PeerStatus, 'link' | 'hello'>>;
  link(id: number): Link | undefined;
  readonly problems: Pick<Problems, 'note' | 'clear'>;
  monoMs(): number;
}

/** Since the start. */
export interface PublicationCounts {
  /** Handed to links, each as often as there were members. */
  readonly sent: number;
  readonly received: number;
  /** Not sent: a member took too little, or its link ended. */
  readonly dropped: number;
}

/**
 * What clients of this node publish, on its way to the other members: at most once, straight to each that is linked, and in order.
 * A link is given more only while little waits in it, so that what is replicated is never far behind a publication; what waits
 * here meanwhile is bounded, and the rest is dropped and told of.
 */
export class Publications {
  private readonly queues = new Map<number, Queue>();
  /** By the member's name: when something for it was last dropped. */
  private readonly droppedAt = new Map<string, number>();
  private sent = 0;
  private received = 0;
  private dropped = 0;

  constructor(private readonly host: PublicationsHost) {}

  get counts(): PublicationCounts {
    const { sent, received, dropped } = this;
    return { sent, received, dropped };
  }

  /** `publication` is good for this call alone. */
  publish(publication: Publication): void {
    let frame: Buffer | null = null;
    for (const { link: id, hello } of this.host.peers()) {
      const link = this.host.link(id);
      if (link === undefined || hello.protocol < PUBLICATIONS_SINCE) continue;
      frame ??= encodeMessage({ type: 'publication', ...publication })[0]!;
      this.send(link, hello.name, frame);
    }
  }

  noteReceived(): void {
    this.received++;
  }

  /** Little waits in the link now. */
  drain(link: Link): void {
    const queue = this.queues.get(link.id);
    if (queue === undefined) return;
    while (queue.frames.length > 0 && link.queuedBytes < LINK_SETTINGS.lowWaterBytes) {
      const frame = queue.frames.shift()!;
      queue.bytes -= frame.length;
      this.sent++;
      link.sendEncoded(frame);
    }
    if (queue.frames.length === 0) this.queues.delete(link.id);
  }

  linkDown(id: number): void {
    this.dropped += this.queues.get(id)?.frames.length ?? 0;
    this.queues.delete(id);
  }

  /** Problems that have not lasted are over. */
  tick(): void {
    for (const [name, atMs] of this.droppedAt) {
      if (this.host.monoMs() - atMs < QUIET_MS) continue;
      this.droppedAt.delete(name);
      this.host.problems.clear(PROBLEM, name);
    }
  }

  private send(link: Link, name: string, frame: Buffer): void {
    const queue = this.queues.get(link.id);
    if (queue === undefined && link.queuedBytes < LINK_SETTINGS.lowWaterBytes) {
      this.sent++;
      return link.sendEncoded(frame);
    }
    if (queue !== undefined && queue.bytes + frame.length > WAITING_BYTES_MAX) return this.drop(name);
    if (queue === undefined) this.queues.set(link.id, { frames: [frame], bytes: frame.length });
    else {
      queue.frames.push(frame);
      queue.bytes += frame.length;
    }
  }

  private drop(name: string): void {
    this.dropped++;
    this.droppedAt.set(name, this.host.monoMs());
    const text = `messages that clients publish here are dropped on their way to ${name}: its link takes less than comes`;
    this.host.problems.note(PROBLEM, name, text, { code: 'see-member', member: name });
  }
}

// ---

interface Queue {
  readonly frames: Buffer[];
  bytes: number;
}

const PROBLEM = 'publications';
const QUIET_MS = 30_000;
