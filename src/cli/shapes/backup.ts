import { keyFields, ofMember } from './common.js';
import { bytes64, count, flag, list, nullable, object, text, time } from './shape.js';

export const backup = object({
  file: text(),
  ...ofMember,
  clusterId: text(),
  version: text('Of mneme.'),
  atMs: time('The moment that it is of.'),
  entries: count(),
  evicted: count('Entries whose values that node had evicted: they are not in it.'),
  bytes: count(),
});

export const restored = object({
  dryRun: flag(),
  created: count('Keys that were not there.'),
  overridden: count('Keys that had something else.'),
  same: count('Keys that are as in the backup: nothing is written.'),
  removed: count('Fields and members that the backup has not, of keys that it has.'),
  expired: count('Keys that have expired since the backup.'),
  evicted: count('Keys without a value in the backup.'),
  incident: nullable(text(), 'What was overridden is set aside there.'),
  sample: list(object({ key: keyFields.key, keyBase64: bytes64() }), 'Some keys that are overridden.'),
});
