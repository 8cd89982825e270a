import type { Collection } from '../../collection.js';

/** A place of a collection, each as likely as any other. */
export function placeByChance({ size }: Collection): number {
  return Math.floor(Math.random() * size);
}
