import { setTimeout as pause } from 'node:timers/promises';
import type { TopLook } from '../../operations/cluster/top.js';
import type { Page } from '../page.js';
import { topView } from '../views/top.js';
import { TopHistory } from './top-history.js';

/** Figures by the second are of the time in between. */
export async function lookLater(look: () => Promise<TopLook>, afterMs: number): Promise<TopLook> {
  await pause(afterMs);
  return look();
}

/** One picture of some looks, without the keys. */
export function topOnceView(looks: readonly TopLook[], page: Page): string {
  const history = new TopHistory();
  for (const look of looks) history.add(look);
  return topView({ history, selected: null, order: 'node', paused: false, trouble: null, height: null }, page);
}
