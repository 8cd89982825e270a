import type { TopLook } from '../../operations/cluster/top.js';
import type { Page } from '../page.js';
import { topView } from '../views/top.js';
import { TopHistory } from './top-history.js';

/** One picture of some looks, without the keys. */
export function topOnceView(looks: readonly TopLook[], page: Page): string {
  const history = new TopHistory();
  for (const look of looks) history.add(look);
  return topView({ history, selected: null, order: 'node', paused: false, trouble: null, height: null }, page);
}
