import { Args } from '@oclif/core';
import type { SettingsReply } from '../../admin/protocol/api.js';
import { NodeCommand } from '../../cli/base-command.js';
import { forceFlags } from '../../cli/flags.js';
import { onHealOf } from '../../cli/on-heal.js';
import { OperatorError } from '../../core/model/errors.js';
import { clusterSettings } from '../../operations/cluster/settings.js';

export default class ClusterSettings extends NodeCommand {
  static override summary = 'show the settings of the cluster, or change one';
  static override description =
    'Settings belong to the cluster and reach every member: on-heal, partition-mode, anonymous-clients, set-aside-days, ' +
    'failure-timeout, clock-skew-limit. Durations are written as 500ms or 5s. With a key alone, its bare value is printed.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> on-heal manual',
    "<%= config.bin %> <%= command.id %> on-heal 'cart:=prefer:a,pay:=manual,=lww'",
    '<%= config.bin %> <%= command.id %> failure-timeout 3s',
  ];
  static override args = {
    key: Args.string({ description: 'setting' }),
    value: Args.string({ description: 'its new value' }),
  };

  static override flags = forceFlags;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ClusterSettings);
    if (flags.force && args.value === undefined) throw new OperatorError('usage', '--force goes with a change', HOW);
    const value =
      args.key === 'on-heal' && args.value !== undefined ? await onHealOf(args.value, 'bad-setting') : args.value;
    const settings = await clusterSettings(flags.node, args.key, value, this.forceOf(flags));
    const { settingsView, settingView } = await import('../../cli/views/settings.js');
    if (args.key === undefined) await this.show(async () => settingsView, settings);
    else await this.show(async () => settingView, { key: args.key, value: settings[args.key as keyof SettingsReply] });
    return this.answer(async () => (await import('../../cli/json/cluster.js')).clusterSettingsJson, settings);
  }
}

const HOW = 'name a setting and its new value, or leave --force out';
