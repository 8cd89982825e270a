import { readFileSync } from 'node:fs';

/** What an entry takes at a node: the arithmetic of docs/sizing.md, which test/docs/sizing.slow.test.ts compares with real nodes. */
export interface Sizes {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly expires: boolean;
}

const HEADER_BYTES = 24;
const LONG_BYTES = 16;
const EXPIRY_BYTES = 8;
/** A slot of the index, of which some are free. */
const SLOT_BYTES = 12;
const SNAPSHOT_BYTES = 31;
const ROW_BYTES = 16;
/** As the bench measures it (docs/performance.md): the process without entries, and what it takes for each byte of them. */
const PROCESS_BYTES = 70e6;
const PROCESS_SHARE = 1.2;
/** Files beside the entries: a reserve, events and logs. */
const FILES_BYTES = 50e6;

/** As `--max-memory` counts it. */
export function entryBytes({ keyBytes, valueBytes, expires }: Sizes): number {
  const isLong = keyBytes > 2047 || valueBytes > 65_535;
  const record = HEADER_BYTES + (isLong ? LONG_BYTES : 0) + (expires ? EXPIRY_BYTES : 0) + keyBytes + valueBytes;
  return Math.ceil(record / 8) * 8 + SLOT_BYTES;
}

function processBytes(sizes: Sizes, entries: number): number {
  return PROCESS_BYTES + PROCESS_SHARE * entries * entryBytes(sizes);
}

/** At most: a snapshot, a journal of twice that, and the next snapshot while it is written. */
export function diskBytes({ keyBytes, valueBytes }: Sizes, entries: number): number {
  return FILES_BYTES + 4 * entries * (keyBytes + valueBytes + SNAPSHOT_BYTES);
}

/** What a node keeps in memory for a member that is away, for each write that the member lacks. Room for keys is taken by doubling. */
export function rowBytes({ keyBytes }: Pick<Sizes, 'keyBytes'>): number {
  return ROW_BYTES + 2 * keyBytes;
}

/** docs/sizing.md, with its table made anew. */
export function sizingText(): string {
  const text = readFileSync('docs/sizing.md', 'utf8');
  return text.replace(
    /(<!-- made by npm run docs -->\n)[\s\S]*?(<!-- end -->)/,
    (_all, start, end) => `${start}${tableText()}\n${end}`,
  );
}

// ---

const CASES: readonly [what: string, sizes: Sizes][] = [
  ['a counter or a flag', { keyBytes: 20, valueBytes: 8, expires: false }],
  ['a session id and a user', { keyBytes: 37, valueBytes: 100, expires: true }],
  ['a session', { keyBytes: 37, valueBytes: 1000, expires: true }],
  ['a rendered fragment', { keyBytes: 40, valueBytes: 10_000, expires: true }],
  ['a rendered page', { keyBytes: 40, valueBytes: 100_000, expires: true }],
];
const ENTRIES = [100_000, 1_000_000];
const WRITES_A_SECOND = 100;

function tableText(): string {
  const head = [
    ...['what', 'key + value, bytes', 'memory an entry, bytes'],
    ...ENTRIES.map((count) => `${count.toLocaleString('en')} entries: memory / disk of a node`),
    `an hour away at ${WRITES_A_SECOND} writes a second, on each other node`,
  ];
  const rows = CASES.map(([what, sizes]) => [
    what,
    `${sizes.keyBytes} + ${sizes.valueBytes.toLocaleString('en')}`,
    entryBytes(sizes).toLocaleString('en'),
    ...ENTRIES.map((count) => `${size(processBytes(sizes, count))} / ${size(diskBytes(sizes, count))}`),
    size(3600 * WRITES_A_SECOND * rowBytes(sizes)),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function size(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
