import { islandsNow, verdictFields } from './cluster.js';
import {
  aside,
  bytesPerIsland,
  entry,
  grouped,
  incident,
  key,
  keyOrPartFields,
  keysPerIsland,
  member,
  planCounts,
} from './common.js';
import { count, duration, flag, island, list, named, nullable, object, text, time, words } from './shape.js';

const KINDS = ['changed', 'deleted', 'touched', 'alike', 'one-sided'] as const;

export const splitBrainStatus = object({
  state: words(['none', 'partition', 'split-brain']),
  ...verdictFields,
  asked: member,
  nowMs: time(),
  onHeal: text(),
  partitionMode: words(['available', 'majority']),
  incidents: list(incident),
  islands: islandsNow,
  changes: nullable(
    object({
      both: nullable(count('Keys that more than one island changed; null: not all are known.')),
      islands: list(
        object({
          island: nullable(island()),
          members: list(member),
          keys: nullable(count(), 'null: its log does not reach back so far.'),
          isMore: flag('There are more keys than were counted.'),
          lastWriteMs: nullable(time()),
        }),
      ),
    }),
    'What each island has changed while they do not hear each other; null: they do, or fewer than two answer.',
  ),
});

const conflict = named(
  'conflict',
  object(
    {
      ...keyOrPartFields,
      kind: words(KINDS, 'How the versions differ.'),
      stands: nullable(island(), 'Whose version stands; null: the policy leaves it to the operator.'),
      reason: text(),
      overridden: list(island(), 'Those whose versions are set aside.'),
      uncertain: flag('The versions lie closer than the measured clock skew.'),
      undecided: flag("The policy of the operator's own was not asked about it."),
      lengthOnly: flag('Of the values only the length is known.'),
      follows: flag('A part that goes with its key, which is a conflict of its own: nothing is decided here.'),
      versions: list(
        object({ island: island(), entry: nullable(entry, 'null: this island has none, or did not change it.') }),
      ),
    },
    'A key of a plan, or a part of one.',
  ),
);

const planSums = {
  keys: count('Each once, however many of its parts the plan is about.'),
  parts: count('Parts of keys that the plan is about: fields, members, counts, expiries.'),
  conflicts: count(),
  uncertain: count(),
  setAside: count(),
  bytes: count(),
  onlyHere: keysPerIsland('Keys, or parts of keys, that one island alone changed.'),
};

export const plan = named(
  'plan',
  object(
    {
      digest: text(),
      preliminary: flag('The islands do not hear each other, and nothing can be carried out.'),
      incident: nullable(text(), 'Its id.'),
      separatedMs: time(),
      executor: member,
      strategy: text(),
      islands: list(object({ island: island(), members: list(member) })),
      absent: list(member, 'Members of none of these islands: they are out of reach.'),
      counts: planCounts,
      skewMs: duration('The clock skew between the islands that was measured.'),
      summary: nullable(
        object({
          ...grouped(planSums),
          kinds: list(object({ kind: words(KINDS), keys: count('Keys, or parts of keys.') })),
          stands: keysPerIsland('Conflicts by the island whose version stands.'),
          setAsideBytes: bytesPerIsland('Bytes of the values that are set aside.'),
          wholeKeys: count(
            'Keys that stand as one island has them as a whole, where others changed parts: all else that those have of them is set aside too, and is in no count of a plan.',
          ),
        }),
      ),
      conflicts: list(conflict, 'A page of them: --limit, --offset.'),
      total: count('How many there are of what was asked for.'),
      truncated: flag(),
    },
    'What a resolution does.',
  ),
);

const someKeys = object({ count: count(), keys: list(key, 'The first of them.') });

const changes = object({
  changed: count('Keys written since, and not decided otherwise than was shown.'),
  changedKeys: list(key),
  otherwise: count('Keys that came out otherwise than was shown.'),
  otherwiseKeys: list(
    object({
      ...keyOrPartFields,
      shown: nullable(entry),
      shownMembers: list(member),
      now: nullable(entry),
      nowMembers: list(member),
      reason: text(),
    }),
  ),
  undecided: count(),
  missed: count('Keys whose pick was not carried out.'),
  missedKeys: list(key),
  gone: list(member, 'Members that were shown, and are out of reach.'),
  joined: list(member, 'Members that were not shown, and take part.'),
});

export const resolution = object({
  dryRun: flag(),
  plan,
  incident: nullable(incident, 'null: nothing was carried out.'),
  changes: nullable(changes, 'How what was carried out differs from what was shown.'),
  picks: nullable(
    object({ held: count(), changed: someKeys, fresh: someKeys }),
    "What became of an operator's picks; null: there were none.",
  ),
});

export const history = object({ incidents: list(incident, 'The newest first.') });

const asideSums = { values: count(), bytes: count(), deleted: count(), writtenSince: count() };

export const details = object({
  incident,
  summary: nullable(object(grouped(asideSums))),
  setAside: list(aside, 'A page of them: --limit, --offset.'),
  total: count(),
  truncated: flag(),
});

const undoSums = {
  keys: count('Keys, or parts of keys.'),
  restored: count(),
  deleted: count(),
  skipped: count(),
  bytes: count(),
};

export const undo = object({
  dryRun: flag('Nothing was changed.'),
  incident: text(),
  undoIncident: nullable(text(), 'The incident under which this undo can be undone.'),
  restored: count(),
  skipped: count('Keys that were written again since.'),
  shown: count('How many the plan had to restore.'),
  summary: object(grouped(undoSums)),
  sample: list(
    object({
      ...keyOrPartFields,
      action: words(['restore', 'delete', 'skip']),
      reason: text(),
      overridden: entry,
      now: nullable(entry),
    }),
  ),
});
