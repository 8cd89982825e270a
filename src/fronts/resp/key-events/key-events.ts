import type { Bytes } from '../../../core/model/bytes.js';
import type { Publication } from '../../../core/model/publication.js';
import type { KeyEvent, KeyFollower, Keyspace } from '../keyspace.js';
import { type EventClass, EventClasses } from './event-classes.js';

/** Who listens: the subscribers of this port. */
export interface Audience {
  readonly isEmpty: boolean;
  publish(publication: Publication): number;
}

/**
 * Key events (Redis' keyspace notifications): what happens to keys is published to channels named after the key, and after the event, for
 * the subscribers of this node alone. Off unless a client sets `notify-keyspace-events`, and until the next start.
 */
export class KeyEvents implements KeyFollower {
  /** Whether anything is published: the one question for whoever works for all clients. */
  isOn = false;
  /** Whether GET and SET without options are events, or may be, wherever the key is. */
  areShort = false;
  private classes = EventClasses.read('')!;

  constructor(
    private readonly keyspace: Pick<Keyspace, 'follow'>,
    private readonly audience: Audience,
  ) {}

  get wanted(): EventClasses {
    return this.classes;
  }

  set wanted(classes: EventClasses) {
    this.classes = classes;
    this.isOn = (classes.byKey || classes.byEvent) && CLASSES.some((one) => classes.has(one));
    this.areShort = this.isOn && SHORT_CLASSES.some((one) => classes.has(one));
    this.keyspace.follow(this.isOn ? this : null);
  }

  wants(event: KeyEvent): boolean {
    return this.classes.has(CLASS_OF[event]);
  }

  tell(event: KeyEvent, database: number, key: Bytes): void {
    this.publish(CLASS_OF[event], event, database, key);
  }

  /** First to those who follow the key, then to those who follow the event. */
  publish(eventClass: EventClass, event: string, database: number, key: Bytes): void {
    const { classes, audience } = this;
    if (!classes.has(eventClass) || audience.isEmpty) return;
    if (classes.byKey) {
      const channel = Buffer.concat([Buffer.from(`__keyspace@${database}__:`), key]);
      audience.publish({ isSharded: false, channel, payload: Buffer.from(event) });
    }
    if (!classes.byEvent) return;
    audience.publish({ isSharded: false, channel: Buffer.from(`__keyevent@${database}__:${event}`), payload: key });
  }
}

// ---

const CLASSES: readonly EventClass[] = ['g', '$', 'h', 's', 'z', 'x', 'e', 'n', 'm'];
const SHORT_CLASSES: readonly EventClass[] = ['$', 'n', 'm'];
const CLASS_OF: Readonly<Record<KeyEvent, EventClass>> = {
  set: '$',
  del: 'g',
  expire: 'g',
  persist: 'g',
  expired: 'x',
  evicted: 'e',
};
