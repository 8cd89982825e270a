import type { EventsSeen } from '../../operations/cluster/events.js';
import type { Bundle } from '../../operations/support/bundle.js';
import type * as shapes from '../shapes/events.js';
import type { Of } from '../shapes/shape.js';

export function eventsJson({ events, leftOut, missed, silent }: EventsSeen): Of<typeof shapes.events> {
  return {
    events: events.map(({ name, replica, seq, atMs, level, kind, subject, over, message, by, keys }) => ({
      ...{ name, replica, seq, atMs, level, kind, subject, over, message, by, keys },
    })),
    leftOut,
    missed,
    unreachable: silent.map(({ name, replica, address, problem }) => ({ name, replica, address, problem })),
  };
}

export function logJson({ path, text }: { path: string; text: string }): Of<typeof shapes.nodeLog> {
  const lines = text.split('\n');
  return { path, lines: lines.at(-1) === '' ? lines.slice(0, -1) : lines };
}

export function bundleJson({ file, files, members, problems }: Bundle & { file: string }): Of<typeof shapes.bundle> {
  return { file, files, members, problems };
}

export function serviceJson({ name, text }: { name: string; text: string }): Of<typeof shapes.service> {
  return { name, text };
}
