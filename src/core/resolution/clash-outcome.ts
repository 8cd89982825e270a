import { type Bytes, bytesToId, idToBytes } from '../model/bytes.js';
import { type Entry, isLive, type ValueType } from '../model/entry.js';
import { partNameText, partText } from '../model/part-ids.js';
import { expiryFrom, isEnded, PART, type PartKind, partKindOf, partPrefix, standsOn } from '../model/parts.js';
import { isAfter } from '../model/version.js';
import type { Clash } from './clashes.js';
import { decisionOn } from './decisions.js';
import { keyContent } from './key-rewrite.js';
import { choose, differs, greatest, isUncertain, loses } from './outcome.js';
import type { PlanInput, PlanItem } from './plan.js';
import { isCustom, isManual, isUndecided } from './strategy.js';

/** What happens to a key that was ended as a whole and changed in parts, in rows: of the key itself, then of what others changed of it. */
export function decideClash(input: PlanInput, clash: Clash): PlanItem[] {
  const state = stateOf(input, clash);
  const whole = wholeItem(input, clash, state);
  const { outcome, manual, later } = whole;
  const hasNone = outcome === 0 && input.parts?.(clash.key).length === 0;
  const parts: PlanItem[] = [];
  for (const [id, versions] of clash.parts) {
    if (!versions.some((version, i) => version !== undefined && i !== outcome)) continue;
    parts.push(partItem(input, clash, id, versions, { outcome, manual, later, hasNone }));
  }
  return [whole, ...parts];
}

// ---------------------------------------------------------------------------------------------------------------------

/** How the islands have the key, as far as the one that decides knows. */
interface KeyState {
  /** By island: the last change of the key, be it of the whole or of a part. */
  readonly tops: readonly (Entry | undefined)[];
  /** The islands that changed it. */
  readonly changed: readonly number[];
  /** How it is shown. */
  readonly views: readonly (Entry | undefined)[];
}

function stateOf(input: PlanInput, clash: Clash): KeyState {
  const tops = clash.ends.map((end, i) => topOf(clash, end, i));
  const views = tops.map((top, i) => viewOf(input, clash, top, i));
  return { tops, views, changed: tops.flatMap((top, i) => (top === undefined ? [] : [i])) };
}

function topOf({ parts }: Clash, end: Entry | undefined, island: number): Entry | undefined {
  let top = end;
  for (const versions of parts.values()) {
    const version = versions[island];
    // A key that was written anew has a whole and parts of one version: there are the parts, then.
    if (version !== undefined && (top === undefined || !isAfter(top, version))) top = version;
  }
  return top;
}

function wholeItem(input: PlanInput, clash: Clash, { tops, views, changed }: KeyState): PlanItem {
  const { id, key, ends, wholes } = clash;
  const { strategy, fence } = input;
  const lww = greatest(tops, changed);
  const isLater = fence !== null && (tops[lww]?.hlc ?? 0) > fence;
  const isPromoted = strategy.kind === 'promote' && !isLater;
  const decision = isCustom(strategy) ? input.decisions.get(id) : undefined;
  const decided = decisionOn(decision, views, changed);
  const [outcome, reason] = isPromoted
    ? [0, 'the promoted node has this']
    : isLater
      ? [lww, 'written during the resolution']
      : choose({ input, id, versions: views, changed, lww, has: (island) => views[island] }, decided);
  const shown = isPromoted ? [promotedView(input, clash), ...views.slice(1)] : views;
  const manual = !isPromoted && !isLater && decided < 0 && isManual(strategy, id);
  const isConflict = changed.length > 1;
  const stands = tops[outcome] === ends[outcome] && !isPromoted ? wholes[outcome] : shown[outcome];
  const isLost = (whole: Entry | undefined): boolean =>
    whole !== undefined && (isPromoted ? differs(whole, stands, input.nowMs) : loses(whole, stands, input.nowMs));
  return {
    key,
    versions: shown,
    outcome,
    reason,
    overridden: manual ? [] : changed.filter((i) => i !== outcome && isLost(wholes[i])),
    rewrite: null,
    conflict: isConflict,
    uncertain: !isPromoted && isUncertain(input, tops, changed),
    undecided: !isPromoted && isConflict && !isLater && decided < 0 && isUndecided(strategy),
    pick: decision?.picked !== true || isLater ? null : outcome === decided ? 'held' : 'missed',
    manual,
    later: isLater,
    clash: {
      wholes,
      losers: manual ? [] : losersOf(clash, outcome),
      restores: !manual && !comesByItself(clash, outcome),
    },
  };
}

function losersOf({ ends, parts }: Clash, outcome: number): number[] {
  const versions = [...parts.values()];
  return [...ends.keys()].filter((i) => i !== outcome && versions.some((version) => version[i] !== undefined));
}

/** Whether the island's end of the key ends all that others have changed, so that nothing has to be written anew. */
function comesByItself({ wholes, ends, parts }: Clash, outcome: number): boolean {
  const end = ends[outcome];
  // The expiry of parts ends parts alone.
  if (end !== wholes[outcome] && wholes.some((whole, i) => i !== outcome && whole?.value != null)) return false;
  const isEarlier = (version: Entry | undefined, i: number): boolean =>
    version === undefined || i === outcome || (end !== undefined && isAfter(end, version));
  return (
    end !== undefined && ends.every(isEarlier) && [...parts.values()].every((versions) => versions.every(isEarlier))
  );
}

function partItem(
  input: PlanInput,
  clash: Clash,
  id: string,
  changed: readonly (Entry | undefined)[],
  { outcome, manual, later, hasNone }: Pick<PlanItem, 'outcome' | 'manual' | 'later'> & { readonly hasNone: boolean },
): PlanItem {
  const stands = hasNone ? null : standingPart(input, clash, id, changed, outcome);
  const isLost = (version: Entry | undefined): boolean => {
    if (version === undefined) return false;
    // It is not known here what the island that stands has: in doubt it is set aside.
    if (stands === 'unknown') return true;
    return stands === null ? version.value !== null : differs(version, stands, input.nowMs);
  };
  // What had expired with its key on its own island was nothing any more.
  const isOver = (version: Entry | undefined, i: number): boolean =>
    version !== undefined && isEnded(standsOn(version), clash.ends[i]);
  const overridden = changed.flatMap((version, i) =>
    i !== outcome && !isOver(version, i) && isLost(version) ? [i] : [],
  );
  const standing = stands === 'unknown' ? undefined : (stands ?? endOf(idToBytes(id), clash.ends[outcome]));
  return {
    key: idToBytes(id),
    versions: changed.map((version, i) => (i === outcome ? (version ?? standing) : version)),
    outcome,
    reason: manual ? 'left to the operator, with its key' : 'goes with its key',
    overridden: manual ? [] : overridden,
    rewrite: null,
    conflict: true,
    uncertain: false,
    undecided: false,
    pick: null,
    manual: false,
    later,
    follows: true,
  };
}

/** Of the part there is nothing, by that write of the whole. */
function endOf(key: Bytes, end: Entry | undefined): Entry | undefined {
  if (end === undefined) return undefined;
  const { hlc, origin, seq } = end;
  return { key, value: null, hlc, origin, seq, expiryMs: 0 };
}

/** What the island that stands has of a part, and a reader finds; null: nothing. */
function standingPart(
  input: PlanInput,
  { ends }: Clash,
  id: string,
  changed: readonly (Entry | undefined)[],
  outcome: number,
): Entry | null | 'unknown' {
  const end = ends[outcome];
  const part = changed[outcome] ?? (outcome === 0 ? input.own(idToBytes(id)) : undefined);
  if (part === undefined) return outcome === 0 || end !== undefined ? null : 'unknown';
  // Its key has expired, with all that it had.
  return end !== undefined && isAfter(end, part) ? null : part;
}

// ---- how a key is shown of which parts were changed

const TYPES: Partial<Record<PartKind, ValueType>> = { [PART.field]: 1, [PART.member]: 3, [PART.score]: 4 };
/** More is not shown of any value. */
const SHOWN_BYTES = 64;

/** The version of an island: its whole, or what it changed of the parts, in the version of the last of them. */
function viewOf(input: PlanInput, clash: Clash, top: Entry | undefined, island: number): Entry | undefined {
  if (top === undefined || top === clash.ends[island]) return top;
  const changed = [...clash.parts.values()].flatMap((versions) => versions[island] ?? []);
  const expiry = input.islands[island]?.changed.get(bytesToId(partPrefix(PART.expiry, clash.key)));
  if (partKindOf(top.key) === PART.count) return numberView(input, clash, top, island, changed);
  return viewOfParts(input, clash.key, changed, top, expiry);
}

/** What the promoted node has. */
function promotedView(input: PlanInput, { key }: Clash): Entry | undefined {
  const whole = input.own(key);
  const parts = (input.parts?.(key) ?? []).filter((part) => partKindOf(part.key) !== PART.expiry);
  if (parts.length === 0 || (isLive(whole, input.nowMs) && !parts.some((part) => isAfter(part, whole)))) return whole;
  const top = parts.reduce((a, b) => (isAfter(b, a) ? b : a));
  if (partKindOf(top.key) === PART.count) return numberOf(input, key, whole, parts, top);
  return viewOfParts(input, key, parts, top, input.own(partPrefix(PART.expiry, key)));
}

/** A number as a reader finds it there. Where it is not known here what the island had before, what it has added is shown. */
function numberView(
  input: PlanInput,
  { key, id }: Clash,
  top: Entry,
  island: number,
  changed: readonly Entry[],
): Entry {
  if (island === 0) return numberOf(input, key, input.own(key), input.parts?.(key) ?? changed, top);
  const whole = input.islands[island]!.changed.get(id);
  const view = numberOf(input, key, whole, changed, top);
  // Of what was evicted there nobody knows how much it was.
  if (whole !== undefined || view.value === null) return view;
  return { ...view, value: Buffer.concat([UNKNOWN_START, view.value]) };
}

function numberOf(
  { nowMs }: PlanInput,
  key: Bytes,
  whole: Entry | undefined,
  parts: readonly Entry[],
  top: Entry,
): Entry {
  const { hlc, origin, seq } = top;
  const counts = parts.filter((part) => partKindOf(part.key) === PART.count && !isEnded(standsOn(part), whole));
  const { value, expiryMs } = keyContent(key, whole, counts, nowMs).whole;
  return { key, value, hlc, origin, seq, expiryMs };
}

const UNKNOWN_START = Buffer.from('… + ');

function viewOfParts(
  input: PlanInput,
  key: Bytes,
  parts: readonly Entry[],
  top: Entry,
  expiry: Entry | undefined,
): Entry {
  const type = TYPES[partKindOf(top.key)];
  const expiryMs = expiry === undefined || expiry.value === null ? 0 : expiryFrom(expiry.value).expiryMs;
  const { hlc, origin, seq } = top;
  const view: Entry = { key, value: textOf(input, parts), hlc, origin, seq, expiryMs };
  return type === undefined ? view : { ...view, type };
}

function textOf(input: PlanInput, parts: readonly Entry[]): Bytes {
  let text = '';
  for (const part of parts) {
    if (text.length > SHOWN_BYTES) break;
    const name = partNameText(part.key);
    const value = part.value === null ? ' deleted' : valueText(input, part);
    text += `${text === '' ? '' : ', '}${name}${value}`;
  }
  return Buffer.from(text);
}

function valueText({ textOf: known }: PlanInput, part: Entry): string {
  if (partKindOf(part.key) === PART.member) return '';
  const text = known?.(part) ?? null;
  return `: ${Buffer.from(partText(part.key, text === null ? part.value! : idToBytes(text))).toString()}`;
}
