import type { ConflictView, EntryFacts, KeyName, PartFacts, VersionName } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { versionName, versionOf } from '../../core/model/version.js';
import { KEY_WORD, keyText, readKeyText } from '../common/key-text.js';
import { textOf } from '../common/text-bytes.js';
import { type NumberedLine, splitLines } from '../entry/split-lines.js';
import { changedParts } from './changed-parts.js';
import { compareNames } from './key-name.js';

/** The format's version. A file of a later one is refused, since it may say what this program does not know. */
const FORMAT = 1;
/** A key of a mebibyte takes no more than this, escaped. */
const LINE_BYTES_MAX = 8 * 1024 * 1024;

/** What a saved plan says before its keys. */
export interface PlanHeader {
  cluster: string;
  /** null: none was written down yet. */
  incident: string | null;
  separatedMs: number;
  /** `lww`, `keep-longest-ttl`, `prefer:NODE`, or `module FILE`. */
  policy: string;
  /** Names of the members, by island. */
  islands: readonly (readonly string[])[];
}

/** The beginning of a saved plan. The same plan gives the same text, from whichever node it was read. */
export function headerText({ cluster, incident, separatedMs, policy, islands }: PlanHeader): string {
  const members = islands.map((names, i) => `${islandWord(i)} ${names.join(' ')}`);
  const fields = [`cluster ${cluster}`, `incident ${incident ?? 'none'}`, `separated ${timeText(separatedMs)}`];
  return [`mneme-plan ${FORMAT}`, ...ADVICE, ...fields, `policy ${policy}`, ...members, '', ''].join('\n');
}

/** A key: its pick, null where there is none yet, and each island's version below. */
export function rowText(conflict: ConflictView, pick: number | null): string {
  const { keyBase64, database, part, versions, reason, uncertain } = conflict;
  const key = `${keyText(Buffer.from(keyBase64, 'base64'))}${part === undefined ? '' : ` ${partWords(part)}`}`;
  const where = database === 0 ? '' : ` db ${database}`;
  if (conflict.follows === true) return `# ${key}${where} goes with its key\n\n`;
  // A reason is about what the plan itself says.
  const why = pick === conflict.outcome ? reason : 'picked';
  const head = `${pick === null ? UNDECIDED : islandWord(pick)} ${key}${where}  # ${why}${uncertain ? ', uncertain' : ''}`;
  const lines = versions.flatMap((entry, i) => (entry === null ? [] : [`  ${islandWord(i)} ${versionText(entry)}`]));
  return `${[head, ...lines].join('\n')}\n\n`;
}

/** `field "name"`; an expiry has no name, and of a count it is a replica. */
function partWords({ kind, nameBase64 }: PartFacts): string {
  return `${kind} ${keyText(Buffer.from(nameBase64, 'base64'))}`;
}

export const END_TEXT = 'end\n';

/** A saved plan that is being read: the header first, then the keys, one by one, whatever their number. */
export interface OpenPlan {
  readonly header: PlanHeader;
  /** Where the header names each island. */
  readonly islandLines: readonly number[];
  readonly keys: AsyncIterable<SavedKey>;
  /** What is wrong with a line, to be thrown. */
  bad(line: number, what: string): OperatorError;
}

export interface SavedKey extends KeyName {
  readonly line: number;
  readonly candidates: VersionName[];
  /** Index in `candidates`; null: it is undecided. */
  readonly stands: number | null;
  /** One for each of the candidates. */
  readonly versions: readonly SavedVersion[];
}

interface SavedVersion {
  readonly line: number;
  readonly island: number;
  /** As it was written for the reader, without the island. */
  readonly text: string;
}

/** @throws OperatorError `bad-line` that names the file and the line. */
export async function openPlan(file: string, input: AsyncIterable<Uint8Array>): Promise<OpenPlan> {
  const lines = splitLines(input, LINE_BYTES_MAX)[Symbol.asyncIterator]();
  const reader = new PlanReader(file);
  for (;;) {
    const next = await lines.next();
    if (next.done === true) throw reader.unfinished();
    reader.take(next.value);
    if (reader.isBeyondHeader)
      return {
        header: reader.header(),
        islandLines: reader.islandLines,
        keys: reader.keys({ [Symbol.asyncIterator]: () => lines }),
        bad: (line, what) => reader.bad(what, line),
      };
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const ADVICE = [
  '#',
  '# A line of a key begins with its pick: the island whose version stands. Change it to another island that has',
  '# a version below. A key whose lines are deleted goes by the policy, as one that is new since. A key that is undecided',
  '# needs an island in place of that word. Leave the lines below a pick as they are. Then:',
  '#',
  '#   mneme split-brain merge --plan FILE',
  '#',
];

/** In the place of a pick. */
const UNDECIDED = 'undecided';

function islandWord(island: number): string {
  return `island-${island + 1}`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** For the reader, but for the end, which says to the program which version it is. */
export function versionText(entry: EntryFacts): string {
  const { writtenMs, writer, expiryMs, touch } = entry;
  const life = entry.tombstone ? '' : expiryMs === 0 ? ', no expiry' : `, until ${expiryText(expiryMs)}`;
  const touched = touch === undefined ? '' : `, touched ${timeText(touch.writtenMs)} by ${touch.writer}`;
  return `${valueText(entry)}  by ${writer} ${timeText(writtenMs)}${life}${touched}  =${versionName(entry)}`;
}

function expiryText(expiryMs: number): string {
  return expiryMs <= 8.64e15 ? timeText(expiryMs) : String(expiryMs);
}

function valueText(entry: EntryFacts): string {
  const { tombstone, evicted, type, part, valueBytes, previewBase64 } = entry;
  const isMember = part?.kind === 'member';
  if (tombstone) return isMember ? 'absent' : 'deleted';
  if (evicted === true) return 'evicted';
  if (isMember) return 'member';
  const parts = changedParts(entry);
  if (parts !== null) return `${type} with ${shownText(Buffer.from(parts), valueBytes)}`;
  if (type !== undefined) return `${type} of ${valueBytes} bytes`;
  return shownText(Buffer.from(previewBase64 ?? '', 'base64'), valueBytes);
}

function shownText(shown: Buffer, valueBytes: number): string {
  const isCut = shown.length < valueBytes;
  // Nobody reads it back, so quotes can stay as they are.
  const text = keyText(wholeCharacters(shown, isCut)).replaceAll('\\"', '"');
  return isCut ? `${text}… ${valueBytes} bytes` : text;
}

/** The beginning of a text may end in the midst of a character. */
function wholeCharacters(bytes: Buffer, isCut: boolean): Buffer {
  for (let less = 0; isCut && less < 4; less++) {
    const head = bytes.subarray(0, bytes.length - less);
    if (textOf(head) !== null) return head;
  }
  return bytes;
}

const PART = `(field|member|score|count|expiry) +(${KEY_WORD})`;
const ROW = new RegExp(String.raw`^(\S+) +(${KEY_WORD})(?: +${PART})?(?: +db +(\d+))? *(?:#.*)?$`);
const WRITE = String.raw`(\d+)@([0-9a-f]{16}\.[0-9a-f]{8,14})`;
const VERSION = new RegExp(String.raw`^\s+(island-\d+) (.* =${WRITE}(?:\+${WRITE})?)\s*$`);
const FIELDS = ['cluster', 'incident', 'separated', 'policy'] as const;

interface Row {
  readonly line: number;
  readonly name: KeyName;
  readonly pick: number | null;
  readonly versions: Map<number, VersionName & SavedVersion>;
}

/** Takes line after line; what is wrong with one is said with its number. */
class PlanReader {
  private number = 0;
  private isOfFormat = false;
  private readonly fields = new Map<string, string>();
  private readonly islands: string[][] = [];
  readonly islandLines: number[] = [];
  private row: Row | null = null;
  private last: KeyName | null = null;
  private isEnded = false;

  constructor(private readonly file: string) {}

  get isBeyondHeader(): boolean {
    return this.row !== null || this.isEnded;
  }

  header(): PlanHeader {
    const [cluster, incident, separated, policy] = FIELDS.map((field) => {
      const text = this.fields.get(field);
      if (text === undefined) throw this.bad(`no line above says "${field} …"`);
      return text;
    }) as [string, string, string, string];
    const separatedMs = Date.parse(separated);
    if (!Number.isFinite(separatedMs)) throw this.bad(`"${separated}" is no time`);
    if (this.islands.length < 2) throw this.bad('no lines above name the islands');
    return { cluster, incident: incident === 'none' ? null : incident, separatedMs, policy, islands: this.islands };
  }

  async *keys(lines: AsyncIterable<NumberedLine>): AsyncGenerator<SavedKey> {
    for await (const line of lines) {
      const pick = this.take(line);
      if (pick !== null) yield pick;
    }
    if (!this.isEnded) throw this.unfinished();
  }

  unfinished(): OperatorError {
    if (!this.isOfFormat) return this.bad('it is empty, and no saved plan');
    return this.bad('it ends here, without a line that says "end": a part of it is missing');
  }

  /** Returns the pick of the key before, once that is complete. */
  take({ number, bytes }: NumberedLine): SavedKey | null {
    this.number = number;
    const text = bytes === null ? null : textOf(bytes);
    if (text === null) throw this.bad('it is no text of a saved plan');
    if (!this.isOfFormat) return this.format(text);
    if (/^\s*(#.*)?$/.test(text)) return null;
    if (this.isEnded) throw this.bad(`"${shortened(text)}" comes after the end`);
    if (/^\s/.test(text)) return this.version(text);
    if (text.trimEnd() !== 'end') return this.isField(text) ? this.field(text) : this.nextRow(text);
    const pick = this.complete();
    this.isEnded = true;
    return pick;
  }

  private format(text: string): null {
    const version = /^mneme-plan (\d+)$/.exec(text.trimEnd())?.[1];
    if (version === undefined) throw this.bad('it is no saved plan: those begin with "mneme-plan 1"');
    if (Number(version) !== FORMAT) throw this.bad(`format ${version} is not known here, but ${FORMAT} is`);
    this.isOfFormat = true;
    return null;
  }

  private isField(text: string): boolean {
    if (this.row !== null) return false;
    const [word = ''] = text.split(' ', 1);
    return FIELDS.some((field) => field === word) || /^island-\d+ +(?!"|base64:)\S/.test(text);
  }

  private field(text: string): null {
    const [word = '', ...rest] = text.trimEnd().split(' ');
    const island = /^island-(\d+)$/.exec(word)?.[1];
    if (island === undefined) this.fields.set(word, rest.join(' '));
    else if (Number(island) !== this.islands.length + 1) throw this.bad(`"${word}" is out of order`);
    else this.islands.push(this.islandMembers(rest));
    return null;
  }

  private islandMembers(names: string[]): string[] {
    this.islandLines.push(this.number);
    const known = names.find((name) => this.islands.some((island) => island.includes(name)));
    if (known !== undefined) throw this.bad(`"${shortened(known)}" is of two islands`);
    return names;
  }

  private nextRow(text: string): SavedKey | null {
    const pick = this.complete();
    const [, word = '', keyWord = '', kind, partWord = '""', database = '0'] = ROW.exec(text) ?? [];
    const [key, name] = [readKeyText(keyWord), readKeyText(partWord)];
    if (key === null || name === null)
      throw this.bad(`"${shortened(text)}" is neither a pick nor a version: write it as island-1 "key"`);
    if (Number(database) > 15) throw this.bad(`"${database}" is no database: they are numbered 0 to 15`);
    const part = kind === undefined ? {} : { part: partOf(kind, name) };
    const named = { keyBase64: key.toString('base64'), database: Number(database), ...part };
    if (this.last !== null && compareNames(this.last, named) >= 0)
      throw this.bad(`${shortened(keyWord)} comes twice, or is not in the order in which it was saved`);
    this.last = named;
    const island = word === UNDECIDED ? null : this.island(word, 'pick');
    this.row = { line: this.number, name: named, pick: island, versions: new Map() };
    return pick;
  }

  private version(text: string): null {
    const [, word = '', shown = '', hlc = '', origin = '', touchHlc, touchOrigin] = VERSION.exec(text) ?? [];
    if (this.row === null || origin === '')
      throw this.bad(`"${shortened(text.trim())}" is no version of a key: do not change what is below a pick`);
    const [line, island] = [this.number, this.island(word, 'version')];
    const touch = touchOrigin === undefined ? {} : { touch: { hlc: Number(touchHlc), origin: touchOrigin } };
    this.row.versions.set(island, { hlc: Number(hlc), origin, ...touch, line, island, text: shown });
    return null;
  }

  private island(word: string, what: string): number {
    const island = Number(/^island-(\d+)$/.exec(word)?.[1] ?? 0) - 1;
    if (island >= 0 && island < this.islands.length) return island;
    const known = this.islands.map((_, i) => islandWord(i)).join(', ');
    throw this.bad(`"${shortened(word)}" is no ${what}: this plan has ${known}`);
  }

  /** The row before, all of whose lines were read. */
  private complete(): SavedKey | null {
    const { row } = this;
    this.row = null;
    if (row === null) return null;
    const islands = [...row.versions.keys()];
    const stands = row.pick === null ? null : islands.indexOf(row.pick);
    if (row.pick !== null && stands === -1) {
      const own = islands.map(islandWord).join(', ');
      throw this.bad(`${islandWord(row.pick)} has no version of this key: ${own || 'none'} has`, row.line);
    }
    const versions = [...row.versions.values()];
    const candidates = versions.map(versionOf);
    return { ...row.name, line: row.line, candidates, stands, versions };
  }

  bad(what: string, line = Math.max(1, this.number)): OperatorError {
    const message = `${this.file}, line ${line}: ${what}`;
    return new OperatorError('bad-line', message, 'nothing was changed; mend the line, or save the plan anew');
  }
}

function partOf(kind: string, name: Buffer): PartFacts {
  return { kind: kind as PartFacts['kind'], nameBase64: name.toString('base64') };
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
