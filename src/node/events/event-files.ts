import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, unlinkSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type NodeEvent, parseEvent } from './event.js';

/** A file of events: those from its first on, up to the first of the next. */
export interface Segment {
  readonly path: string;
  readonly firstSeq: number;
  readonly firstMs: number;
}

/** A file is as long as a reader may hold at once. */
const SEGMENT_BYTES = 1024 * 1024;
const SEGMENTS_MAX = 32;
/** So that files can go by their age. */
const SEGMENT_MS = 24 * 3_600_000;
const NAME = /^events-(\d{12,})-(\d{13,})$/;

/**
 * The events of a node on its disk, as lines of JSON in files of their own: 32 of 1 MiB at most. A line is appended by one write,
 * so that it survives the process, and each time by its name: a directory that was moved away is seen. What a crash cut off ends
 * its file, and counts as not written.
 */
export class EventFiles {
  private readonly folder: string;
  private segments: Segment[] = [];
  /** Paths with more than a power cut would leave. */
  private readonly unsynced = new Set<string>();
  /** Bytes of the last file; Infinity: it takes no more. */
  private bytes = Number.POSITIVE_INFINITY;

  /** @param dir the data directory */
  constructor(dir: string) {
    this.folder = join(dir, 'events');
  }

  /** Returns the number of the last event that is there; 0: none. Throws what the system says. */
  open(): number {
    this.segments = listSegments(this.folder);
    const last = this.segments.at(-1);
    if (last === undefined) return 0;
    const text = readFileSync(last.path, 'utf8');
    if (text.endsWith('\n')) this.bytes = statSync(last.path).size;
    const lines = text.split('\n');
    const seq = lines.map(parseEvent).findLast((event) => event !== null)?.seq ?? 0;
    return Math.max(seq, last.firstSeq + lines.length - 2);
  }

  get firstSeq(): number | null {
    return this.segments[0]?.firstSeq ?? null;
  }

  /** Throws what the system says; then nothing of it counts as written. */
  append(events: readonly NodeEvent[]): void {
    const [first] = events;
    if (first === undefined) return;
    const text = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    const last = this.segments.at(-1);
    const isFull = last === undefined || this.bytes >= SEGMENT_BYTES || first.atMs - last.firstMs >= SEGMENT_MS;
    const segment = isFull ? this.begin(first) : last;
    const bytes = isFull ? 0 : this.bytes;
    // If it fails halfway, the file ends there.
    this.bytes = Number.POSITIVE_INFINITY;
    // A file of that name is what an attempt that failed has left.
    appendFileSync(segment.path, text, { mode: 0o600, flag: isFull ? 'w' : 'a' });
    this.bytes = bytes + Buffer.byteLength(text);
    this.unsynced.add(segment.path);
    if (!isFull) return;
    // Its name too.
    this.unsynced.add(this.folder);
    this.segments.push(segment);
  }

  /** What was appended before survives a power cut once this resolves. Rejects with what the system says. */
  async sync(): Promise<void> {
    const paths = [...this.unsynced];
    this.unsynced.clear();
    for (const path of paths) await syncPath(path);
  }

  /** Whether there is something to sync. */
  get isUnsynced(): boolean {
    return this.unsynced.size > 0;
  }

  /** Remove what is older than that, and what is too much. */
  trim(beforeMs: number): void {
    for (;;) {
      const [first, second] = this.segments;
      if (first === undefined || second === undefined) return;
      const lastMs = Math.min(second.firstMs, first.firstMs + SEGMENT_MS);
      if (this.segments.length <= SEGMENTS_MAX && lastMs >= beforeMs) return;
      unlinkSync(first.path);
      this.segments.shift();
    }
  }

  /** The file that an event with this number, or the next one that there is, lies in. */
  segmentOf(seq: number): Segment | null {
    const next = this.segments.findIndex(({ firstSeq }) => firstSeq > seq);
    return (next === 0 ? this.segments[0] : this.segments.at(next < 0 ? -1 : next - 1)) ?? null;
  }

  /** The one after it. */
  following(segment: Segment): Segment | null {
    return this.segments.find(({ firstSeq }) => firstSeq > segment.firstSeq) ?? null;
  }

  private begin({ seq, atMs }: NodeEvent): Segment {
    try {
      mkdirSync(this.folder, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const name = `events-${String(seq).padStart(12, '0')}-${String(atMs).padStart(13, '0')}`;
    return { path: join(this.folder, name), firstSeq: seq, firstMs: atMs };
  }
}

/** Those that it holds whole. A file that was removed meanwhile holds none. */
export async function readSegment({ path }: Segment): Promise<NodeEvent[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => parseEvent(line) ?? []);
}

// ---

/** A file that was removed meanwhile needs none. */
async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  try {
    await file?.sync();
  } finally {
    await file?.close();
  }
}

function listSegments(folder: string): Segment[] {
  const found = readNames(folder).flatMap((name) => {
    const [, seq, ms] = NAME.exec(name) ?? [];
    if (seq === undefined || ms === undefined) return [];
    return [{ path: join(folder, name), firstSeq: Number(seq), firstMs: Number(ms) }];
  });
  return found.sort((a, b) => a.firstSeq - b.firstSeq);
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
