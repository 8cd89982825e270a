import type { EventEmitter } from 'node:events';
import type { Told } from '../node/events/event.js';

/** What a node tells of, by the names of its events. */
export interface NodeEvents {
  /** A member came back in sync, or joined. */
  'member-up': [{ readonly name: string; readonly message: string }];
  /** A member is down: nothing was heard of it for the failure timeout. Or it left, or was forgotten. */
  'member-down': [{ readonly name: string; readonly message: string }];
  /** Islands have written apart, and are held apart until the split-brain is resolved. */
  'split-brain': [{ readonly incident: string; readonly message: string }];
  /** A split-brain was resolved, by whomever. */
  resolved: [{ readonly incident: string; readonly message: string }];
  /** Writes of this process are refused, or may not survive. Once, until one was taken again or the code is another one. */
  'write-refused': [{ readonly code: string; readonly message: string }];
  /** The node has ended: by `close()`, or by itself, and then with why. */
  closed: [{ readonly error: Error | null }];
}

export type NodeEventName = keyof NodeEvents;

/** Events of the log of a node, as those of the application. */
export function emitTold(emitter: EventEmitter<NodeEvents>, message: string, { kind, subject = '', over }: Told): void {
  const name = subject;
  switch (kind) {
    case 'up':
    case 'joins':
      emitter.emit('member-up', { name, message });
      return;
    case 'down':
    case 'leaves':
      emitter.emit('member-down', { name, message });
      return;
    case 'forgotten':
      // It may be told that somebody forgotten is a member again.
      emitter.emit(over === true ? 'member-up' : 'member-down', { name, message });
      return;
    case 'split-brain':
      emitter.emit('split-brain', { incident: subject, message });
      return;
    case 'resolved':
      emitter.emit('resolved', { incident: subject, message });
      return;
    default:
  }
}
