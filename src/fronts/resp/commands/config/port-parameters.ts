import { bytesOfSize } from '../../../../core/model/sizes.js';
import { EventClasses, LETTERS_WANTED } from '../../key-events/event-classes.js';
import { RespError } from '../../keyspace.js';
import type { Host } from '../../session.js';

/** Parameters that are the port's own affair; the others are the keyspace's. */
export function portParameters(host: Host): Record<string, string> {
  return Object.fromEntries(Object.entries(OWN).map(([name, { get }]) => [name, get(host)]));
}

/** Takes the port's own out of `values`; what it returns sets them, after the others were found to be right. */
export function takePortParameters(host: Host, values: Map<string, string>): () => void {
  const found = Object.entries(OWN).flatMap(([name, { read }]) => {
    const text = values.get(name);
    values.delete(name);
    return text === undefined ? [] : [read(name, text)];
  });
  return () => {
    for (const set of found) set(host);
  };
}

// ---

interface PortParameter {
  get(host: Host): string;
  /** What sets it to this. Throws a RespError where it cannot be that. */
  read(name: string, text: string): (host: Host) => void;
}

const OWN: Readonly<Record<string, PortParameter>> = {
  'maxmemory-clients': {
    get: ({ clientMemory }) => String(clientMemory.bytesMax),
    read(name, text) {
      const bytes = bytesOfSize(text);
      if (bytes === undefined) throw unfit(name, 'argument must be a memory value');
      return ({ clientMemory }) => {
        clientMemory.bytesMax = bytes;
      };
    },
  },
  'notify-keyspace-events': {
    get: ({ keyEvents }) => keyEvents.wanted.text,
    read(name, text) {
      const classes = EventClasses.read(text);
      if (classes === undefined) throw unfit(name, LETTERS_WANTED);
      return ({ keyEvents }) => {
        keyEvents.wanted = classes;
      };
    },
  },
};

function unfit(name: string, reason: string): RespError {
  return new RespError(`ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`);
}
