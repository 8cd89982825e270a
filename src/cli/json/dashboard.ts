import type { DashboardPlace } from '../../operations/dashboard/place.js';
import type * as shapes from '../shapes/dashboard.js';
import type { Of } from '../shapes/shape.js';

export function dashboardJson({
  node,
  url,
  note,
  isOpened,
}: DashboardPlace & { isOpened: boolean }): Of<typeof shapes.dashboard> {
  return { node, url, note, opened: isOpened };
}
