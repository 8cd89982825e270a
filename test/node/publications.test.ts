import { describe, expect, test } from '@jest/globals';
import type { Hello } from '../../src/core/replication/messages.js';
import { FrameDecoder } from '../../src/links/codec.js';
import type { Link } from '../../src/links/link.js';
import { LINK_SETTINGS } from '../../src/links/link.js';
import { Publications, WAITING_BYTES_MAX } from '../../src/node/publications.js';

const MEMBER = 'b';

/** One member, whose link takes as much as it is told to. */
class Member {
  queuedBytes = 0;
  readonly heard: string[] = [];
  readonly problems = new Map<string, string>();
  nowMs = 0;
  readonly publications: Publications;
  private readonly decoder = new FrameDecoder();

  constructor(protocol = 5) {
    const hello = { protocol, name: MEMBER } as Hello;
    this.publications = new Publications({
      peers: () => [{ link: 1, hello }],
      link: () => this.link,
      problems: {
        note: (kind, subject, text) => this.problems.set(`${kind} ${subject}`, text),
        clear: (kind, subject) => this.problems.delete(`${kind} ${subject}`),
      },
      monoMs: () => this.nowMs,
    });
  }

  publish(payload: string | Buffer): void {
    const channel = Buffer.from('c');
    this.publications.publish({ isSharded: false, channel, payload: Buffer.from(payload) });
  }

  get link(): Link {
    return {
      id: 1,
      queuedBytes: this.queuedBytes,
      sendEncoded: (frame: Buffer) => {
        this.queuedBytes += frame.length;
        this.decoder.push(frame, (message) => {
          if (message.type === 'publication') this.heard.push(Buffer.from(message.payload).toString());
        });
      },
    } as Link;
  }
}

describe('publications on their way to a member', () => {
  test('wait while much waits in its link, so that what is replicated is not delayed, and then follow in order', () => {
    const member = new Member();
    member.publish('first');
    member.queuedBytes = LINK_SETTINGS.lowWaterBytes;
    member.publish('second');
    member.publish('third');
    expect(member.heard).toEqual(['first']);
    member.queuedBytes = 0;
    // Nothing overtakes what waits.
    member.publish('fourth');
    expect(member.heard).toEqual(['first']);
    member.publications.drain(member.link);
    expect(member.heard).toEqual(['first', 'second', 'third', 'fourth']);
    expect(member.publications.counts).toEqual({ sent: 4, received: 0, dropped: 0 });
  });

  test('are dropped beyond the bound, counted, and told of until it is over', () => {
    const member = new Member();
    member.queuedBytes = LINK_SETTINGS.lowWaterBytes;
    const payload = Buffer.alloc(1024 * 1024);
    for (let i = 0; i < 10; i++) member.publish(payload);
    const kept = Math.floor(WAITING_BYTES_MAX / (payload.length + 13));
    expect(member.publications.counts.dropped).toBe(10 - kept);
    expect([...member.problems]).toEqual([['publications b', expect.stringContaining('dropped on their way to b')]]);
    member.nowMs = 60_000;
    member.publications.tick();
    expect(member.problems.size).toBe(0);
    member.publications.linkDown(1);
    expect(member.publications.counts).toEqual({ sent: 0, received: 0, dropped: 10 });
  });

  test('are not sent to one of the version before, which does not know them', () => {
    const member = new Member(4);
    member.publish('lost');
    expect([member.heard, member.publications.counts.sent]).toEqual([[], 0]);
  });
});
