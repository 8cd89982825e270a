import type { Effect } from '../context.js';

export type Send = Extract<Effect, { kind: 'send' }>;
export type Close = Extract<Effect, { kind: 'close' }>;

/**
 * R6: what of the queue may go now, in order, and what has to wait until the disk has all that the node had when it was made.
 * On each link the order stays as it is. Beats alone pass what waits, as their position is that of what they tell: a disk that
 * stands still must not make the node seem dead. But a link is greeted first.
 */
export function sortOut(queue: readonly (Send | Close)[], durable: number) {
  const due: (Send | Close)[] = [];
  const waiting: (Send | Close)[] = [];
  const blocked = new Set<number>();
  const ungreeted = new Set<number>();
  for (const effect of queue) {
    const isReady = effect.kind === 'close' || effect.position <= durable;
    if (isReady && !(isBeat(effect) ? ungreeted : blocked).has(effect.link)) {
      due.push(effect);
      continue;
    }
    waiting.push(effect);
    blocked.add(effect.link);
    if (effect.kind === 'send' && effect.message.type === 'hello') ungreeted.add(effect.link);
  }
  return { due, waiting };
}

export function isBeat(effect: Send | Close): boolean {
  return effect.kind === 'send' && effect.message.type === 'beat';
}
