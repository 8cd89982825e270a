import type { BackupFacts } from '../../admin/protocol/api.js';
import type { Restored } from '../../operations/backup/restore.js';
import { humanBytes } from '../../operations/common/sizes.js';
import type { View } from '../page.js';
import { nextStep } from './next-step.js';
import { grouped, inSentence, paragraph, plural, printableKey } from './text.js';
import { fullTime } from './time.js';

export const backupView: View<BackupFacts & { file: string }> = (facts, { width }) => {
  const { file, name, clusterId, version, atMs, entries, evicted, files } = facts;
  const bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  const missing =
    evicted === 0 ? '' : `; ${plural(evicted, 'key')} evicted there ${evicted === 1 ? 'is' : 'are'} not in it`;
  return [
    paragraph(`${file} is whole: ${plural(entries, 'entry', 'entries')}, ${humanBytes(bytes)}${missing}`, width),
    paragraph(`of ${name}, cluster ${clusterId}, as of ${fullTime(atMs)}, by mneme ${version}`, width),
  ].join('\n');
};

export const restoreView: View<Restored & { dryRun: boolean }> = (restored, page) => {
  const { created, overridden, same, removed, expired, evicted, incident, sample, dryRun } = restored;
  const counts = [
    `${dryRun ? 'would create' : 'created'} ${plural(created, 'key')}`,
    `${dryRun ? 'override' : 'overrode'} ${grouped(overridden)}`,
    `${grouped(same)} as in the backup`,
    ...(removed === 0
      ? []
      : [
          `${plural(removed, 'field or member', 'fields and members')} that the backup has not ${dryRun ? 'would go' : 'went'}`,
        ]),
    ...(expired === 0 ? [] : [`${expired} expired since`]),
    ...(evicted === 0 ? [] : [`${evicted} without a value there`]),
  ];
  const names = sample.map(({ keyBase64 }) => inSentence(printableKey(keyBase64))).join(', ');
  return [
    paragraph(counts.join(', '), page.width),
    ...(names === '' ? [] : [paragraph(`overridden: ${names}${overridden > sample.length ? ', …' : ''}`, page.width)]),
    ...(incident === null ? [] : nextStep(`mneme split-brain undo ${incident}`, page)),
  ].join('\n');
};
