import type { EngineReply, EngineView } from '../../admin/protocol/api.js';
import { readAdvice } from '../../hints/advice.js';
import type { engine } from '../shapes/common.js';
import type { engineReply } from '../shapes/replica.js';
import type { Of } from '../shapes/shape.js';
import { beginningOfBase64 } from './bytes.js';

export function engineJson(view: EngineView): Of<typeof engine> {
  const { leftOut, held, obstacles } = view;
  return {
    ...view,
    leftOut: { count: leftOut.count, keys: leftOut.keys.map(withText) },
    held: { ...held, shares: [...held.shares], sample: held.sample.map(withText) },
    obstacles: obstacles.map(({ next, ...obstacle }) => {
      const { command, note } = readAdvice(next);
      return { ...obstacle, next: command, note };
    }),
  };
}

export function engineReplyJson({ name, replica, engine: view, keys }: EngineReply): Of<typeof engineReply> {
  return { node: { name, replica }, engine: engineJson(view), keys };
}

/** Of long keys the beginning alone is told. */
function withText<T extends { keyBase64: string }>(row: T): T & { key: string | null } {
  return { ...row, key: beginningOfBase64(row.keyBase64) };
}
