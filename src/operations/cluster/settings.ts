import { withClient } from '../../admin/client/client.js';
import type { SettingsReply } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { parseDuration } from '../common/durations.js';
import { type Force, forceOf } from './forced.js';

export type SettingName = keyof SettingsReply;

/** Settings that are durations: the node takes milliseconds, people write `5s`. */
const DURATIONS: ReadonlySet<string> = new Set<SettingName>(['failure-timeout', 'clock-skew-limit']);

/** The settings of the whole cluster. With a key and a value, that one is changed first. */
export async function clusterSettings(
  address: string,
  key?: string,
  value?: string,
  force: Force | null = null,
): Promise<SettingsReply> {
  return withClient(address, async (client) => {
    const settings = await client.call('SETTINGS', {});
    if (key === undefined) return settings;
    if (!(key in settings)) {
      const known = Object.keys(settings).join(', ');
      throw new OperatorError(
        'bad-setting',
        `there is no setting "${key}"; there are ${known}`,
        'mneme cluster settings',
      );
    }
    if (value === undefined) return settings;
    const forced = force === null ? {} : await forceOf(await client.call('STATUS', {}), force);
    return client.call('SET', { key, value: DURATIONS.has(key) ? inMilliseconds(value) : value, ...forced });
  });
}

function inMilliseconds(value: string): string {
  return /^\d+$/.test(value) ? value : String(parseDuration(value));
}
