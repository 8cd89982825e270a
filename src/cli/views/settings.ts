import type { SettingsReply } from '../../admin/protocol/api.js';
import type { SettingName } from '../../operations/cluster/settings.js';
import { humanDuration } from '../../operations/common/durations.js';
import type { View } from '../page.js';
import { paletteOf } from './palette.js';
import { table } from './table.js';

export const SETTING_MEANINGS: Record<SettingName, string> = {
  'on-heal': 'when a split-brain is found: merge, promote-oldest, promote-largest, manual, or a policy',
  'partition-mode':
    'available: every island takes writes; majority: an island of half the members or fewer refuses them',
  'anonymous-clients':
    'clients that do not say who they are, once there is a user: refuse, or allow everything until all do',
  'set-aside-days': 'days that overridden values are kept for undo',
  'failure-timeout': 'a member is down when nothing was heard of it for this long',
  'clock-skew-limit': 'a member whose clock is off by more is not replicated with',
};

export const settingsView: View<SettingsReply> = (settings, page) => {
  const { strong, dim } = paletteOf(page.color);
  const rows = Object.entries(settings).map(([key, value]) => [
    { text: key, paint: strong },
    settingText(key, value),
    { text: SETTING_MEANINGS[key as SettingName] ?? '', paint: dim },
  ]);
  const columns = [{ head: 'SETTING' }, { head: 'VALUE' }, { head: 'MEANING', overflow: 'wrap' as const, min: 20 }];
  return table(columns, rows, page);
};

/** One setting alone, for a shell to read. */
export const settingView: View<{ key: string; value: string | number }> = ({ value }) => String(value);

function settingText(key: string, value: string | number): string {
  return typeof value === 'number' && key !== 'set-aside-days' ? humanDuration(value) : String(value);
}
