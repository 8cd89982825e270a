import type { EntryFacts, KeyName, PartFacts } from '../admin/protocol/api.js';
import { humanDuration, localTime } from '../operations/common/durations.js';
import { changedParts } from '../operations/split-brain/changed-parts.js';

/** How something is, for its colour, which never stands alone. */
type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'none';

interface Sign {
  readonly tone: Tone;
  readonly glyph: string;
  readonly word: string;
}

const GLYPHS: Readonly<Record<Tone, string>> = { good: '●', busy: '◐', warn: '▲', bad: '✕', none: '○' };

const TONES: Readonly<Record<string, Tone>> = {
  ...{ 'in-sync': 'good', serving: 'good', self: 'good', resolved: 'good', undone: 'none' },
  ...{ 'catching-up': 'busy', joining: 'busy', loading: 'busy', gathering: 'busy', connecting: 'busy' },
  ...{ resolving: 'busy', stopping: 'busy', 'redis-keys-wait': 'busy' },
  ...{
    held: 'warn',
    'clock-skew': 'warn',
    'no-quorum': 'warn',
    'read-only': 'warn',
    problem: 'warn',
    'no-answer': 'warn',
  },
  ...{ down: 'bad', 'split-brain': 'bad', partition: 'bad', 'node-down': 'bad', open: 'bad' },
  ...{ 'redis-lost-data': 'bad', 'redis-unreachable': 'bad' },
};

const WORDS: Readonly<Record<string, string>> = {
  'in-sync': 'in sync',
  'catching-up': 'catching up',
  held: 'held apart',
  'clock-skew': 'clock is off',
  'no-quorum': 'no quorum',
  'read-only': 'read-only',
  'node-down': 'node down',
  'no-answer': 'no answer',
  problem: 'problem',
  open: 'to be resolved',
  'redis-lost-data': 'Redis lost data',
  'redis-unreachable': 'Redis unreachable',
  'redis-keys-wait': 'keys wait',
};

/** A state as it is shown everywhere: a colour, a sign and a word. */
export function signOf(state: string): Sign {
  const tone = TONES[state] ?? 'none';
  return { tone, glyph: GLYPHS[tone], word: WORDS[state] ?? state };
}

export function count(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
}

/** With thin spaces between groups of three digits. */
export function grouped(number: number): string {
  return Math.round(number)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** Names of an island's members: the first of many, and how many more. */
export function namesText(names: readonly string[]): string {
  return names.length <= 4 ? names.join(' ') : `${names.slice(0, 3).join(' ')} and ${names.length - 3} more`;
}

/** A moment: the time alone if it is of today. */
export function moment(unixMs: number, nowMs: number): string {
  const text = localTime(unixMs);
  return text.slice(0, 10) === localTime(nowMs).slice(0, 10) ? text.slice(11) : text.slice(0, 16);
}

export function ago(unixMs: number, nowMs: number): string {
  return `${humanDuration(Math.max(0, nowMs - unixMs))} ago`;
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A key or the beginning of a value in one line; what is no text is shown as hex. */
export function textOf(base64: string, isCut = false): string {
  const bytes = bytesOf(base64);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
    return text === '' ? '""' : text.replace(UNSEEN, escaped);
  } catch {
    return `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }
}

export function keyOf({ keyBase64, database, part }: KeyName): string {
  const name = part === undefined ? '' : ` › ${partOf(part)}`;
  return `${textOf(keyBase64)}${name}${database === 0 ? '' : ` (db ${database})`}`;
}

function partOf({ kind, nameBase64, node }: PartFacts): string {
  if (kind === 'count') return node === undefined ? 'count' : `count of ${node}`;
  return kind === 'expiry' ? 'expiry' : textOf(nameBase64);
}

/** A count says what a member has added, so that it is not taken for the number. */
export function valueText(version: EntryFacts): string {
  if (version.evicted === true) return 'evicted here';
  if (version.tombstone) return 'deleted';
  if (version.part?.kind === 'member') return 'member';
  if (version.type !== undefined && changedParts(version) === null) return `a ${version.type}`;
  if (version.previewBase64 === null) return 'not looked at';
  const isCut = version.valueBytes > bytesOf(version.previewBase64).length;
  const text = `${textOf(version.previewBase64, isCut)}${isCut ? '…' : ''}`;
  if (version.part?.kind === 'count') return text.startsWith('-') ? `− ${text.slice(1)}` : `+ ${text}`;
  if (version.part?.kind !== 'expiry') return text;
  return text === 'never' ? 'no expiry' : `ends ${localTime(Date.parse(text))}`;
}

/** What is there now, where the number is told of a count that is no more. */
export function nowText(now: EntryFacts | null, { part }: KeyName): string {
  if (now === null) return 'nothing';
  const isNumber = part?.kind === 'count' && now.part === undefined && !now.tombstone;
  return isNumber ? `${valueText(now)} in all` : valueText(now);
}

// ---

/** Control, format and other invisible characters. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
