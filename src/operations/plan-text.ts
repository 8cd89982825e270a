import type { ConflictView, EntryFacts, PickRequest, PlanReply, VersionName } from '../admin/api.js';
import { OperatorError } from '../core/errors.js';
import { KEY_WORD, keyText, readKeyText } from './key-text.js';
import { type NumberedLine, splitLines } from './split-lines.js';
import { textOf } from './text-bytes.js';

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

/** A key: its pick, and each island's version below. */
export function rowText(conflict: ConflictView, pick: number): string {
  const { keyBase64, database, versions, reason, uncertain } = conflict;
  const key = keyText(Buffer.from(keyBase64, 'base64'));
  const where = database === 0 ? '' : ` db ${database}`;
  // A reason is about what the plan itself says.
  const why = pick === conflict.outcome ? reason : 'picked';
  const head = `${islandWord(pick)} ${key}${where}  # ${why}${uncertain ? ', uncertain' : ''}`;
  const lines = versions.flatMap((entry, i) => (entry === null ? [] : [`  ${islandWord(i)} ${versionText(entry)}`]));
  return `${[head, ...lines].join('\n')}\n\n`;
}

export const END_TEXT = 'end\n';

/** A saved plan that is being read: the header first, then the picks, one by one, whatever their number. */
export interface OpenPlan {
  readonly header: PlanHeader;
  readonly picks: AsyncIterable<PickRequest>;
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
      return { header: reader.header(), picks: reader.picks({ [Symbol.asyncIterator]: () => lines }) };
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const ADVICE = [
  '#',
  '# A line of a key begins with its pick: the island whose version stands. Change it to another island that has',
  '# a version below. A key whose lines are deleted goes by the policy, as one that is new since. Then:',
  '#',
  '#   mneme split-brain merge --plan FILE',
  '#',
];

function islandWord(island: number): string {
  return `island-${island + 1}`;
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** For the reader, but for the end, which says to the program which version it is. */
function versionText(entry: EntryFacts): string {
  const { hlc, origin, writtenMs, writer, expiryMs } = entry;
  const life = entry.tombstone ? '' : expiryMs === 0 ? ', no expiry' : `, until ${expiryText(expiryMs)}`;
  return `${valueText(entry)}  by ${writer} ${timeText(writtenMs)}${life}  =${hlc}@${origin}`;
}

function expiryText(expiryMs: number): string {
  return expiryMs <= 8.64e15 ? timeText(expiryMs) : String(expiryMs);
}

function valueText({ tombstone, evicted, type, valueBytes, previewBase64 }: EntryFacts): string {
  if (tombstone) return 'deleted';
  if (evicted === true) return 'evicted';
  if (type !== undefined) return `${type} of ${valueBytes} bytes`;
  const shown = Buffer.from(previewBase64 ?? '', 'base64');
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

const ROW = new RegExp(String.raw`^(\S+) +(${KEY_WORD})(?: +db +(\d+))? *(?:#.*)?$`);
const VERSION = /^\s+(island-\d+) .* =(\d+)@([0-9a-f]{16}\.[0-9a-f]{8,14})\s*$/;
const FIELDS = ['cluster', 'incident', 'separated', 'policy'] as const;

interface Row {
  readonly line: number;
  readonly key: Buffer;
  readonly database: number;
  readonly pick: number;
  readonly versions: Map<number, VersionName>;
}

/** Takes line after line; what is wrong with one is said with its number. */
class PlanReader {
  private number = 0;
  private isOfFormat = false;
  private readonly fields = new Map<string, string>();
  private readonly islands: string[][] = [];
  private row: Row | null = null;
  private last: Buffer | null = null;
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

  async *picks(lines: AsyncIterable<NumberedLine>): AsyncGenerator<PickRequest> {
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

  /** Gives the pick of the key before, once that is complete. */
  take({ number, bytes }: NumberedLine): PickRequest | null {
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
    else this.islands.push(rest);
    return null;
  }

  private nextRow(text: string): PickRequest | null {
    const pick = this.complete();
    const [, word = '', keyWord = '', database = '0'] = ROW.exec(text) ?? [];
    const key = readKeyText(keyWord);
    if (key === null)
      throw this.bad(`"${shortened(text)}" is neither a pick nor a version: write it as island-1 "key"`);
    if (Number(database) > 15) throw this.bad(`"${database}" is no database: they are numbered 0 to 15`);
    const id = Buffer.concat([Buffer.of(Number(database)), key]);
    if (this.last !== null && Buffer.compare(this.last, id) >= 0)
      throw this.bad(`${shortened(keyWord)} comes twice, or is not in the order in which it was saved`);
    this.last = id;
    const island = this.island(word, 'pick');
    this.row = { line: this.number, key, database: Number(database), pick: island, versions: new Map() };
    return pick;
  }

  private version(text: string): null {
    const [, word = '', hlc = '', origin = ''] = VERSION.exec(text) ?? [];
    if (this.row === null || origin === '')
      throw this.bad(`"${shortened(text.trim())}" is no version of a key: do not change what is below a pick`);
    this.row.versions.set(this.island(word, 'version'), { hlc: Number(hlc), origin });
    return null;
  }

  private island(word: string, what: string): number {
    const island = Number(/^island-(\d+)$/.exec(word)?.[1] ?? 0) - 1;
    if (island >= 0 && island < this.islands.length) return island;
    const known = this.islands.map((_, i) => islandWord(i)).join(', ');
    throw this.bad(`"${shortened(word)}" is no ${what}: this plan has ${known}`);
  }

  /** The row before, all of whose lines were read. */
  private complete(): PickRequest | null {
    const { row } = this;
    this.row = null;
    if (row === null) return null;
    const islands = [...row.versions.keys()];
    const stands = islands.indexOf(row.pick);
    if (stands < 0) {
      const own = islands.map(islandWord).join(', ');
      throw this.bad(`${islandWord(row.pick)} has no version of this key: ${own || 'none'} has`, row.line);
    }
    const candidates = [...row.versions.values()];
    return { keyBase64: row.key.toString('base64'), database: row.database, candidates, stands };
  }

  private bad(what: string, line = Math.max(1, this.number)): OperatorError {
    const message = `${this.file}, line ${line}: ${what}`;
    return new OperatorError('bad-line', message, 'nothing was changed; mend the line, or save the plan anew');
  }
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The islands of a plan as a header names them. */
export function islandsOf(plan: Pick<PlanReply, 'islands'>): string[][] {
  return plan.islands.map(({ members }) => members);
}
