/** The kinds of events: stable words, by which operators and scripts ask for them. */
export const EVENT_KINDS = [
  'start',
  'stop',
  'act',
  'down',
  'up',
  'separated',
  'split-brain',
  'resolved',
  'set-aside',
  'joins',
  'leaves',
  'forgotten',
  'setting',
  'user',
  'quorum',
  'clock',
  'disk',
  'redis',
  'left-out',
  'problem',
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];

/** What a line of the log tells of a change of state: with it, the line is an event, and kept. Without it, it is a passing remark. */
export interface About {
  readonly kind: EventKind;
  /** The member, incident, setting or problem that it is about, by the name or word that status has for it. */
  readonly subject?: string;
  /** What was told before is over. */
  readonly over?: true;
  /** The message names keys of clients. */
  readonly keys?: true;
}
