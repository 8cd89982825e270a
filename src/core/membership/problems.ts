import type { About } from '../model/about.js';
import type { NextStep } from '../model/next-step.js';

/** Something that is wrong at this node until it is mended: what `status` shows beside the healthy facts. */
export interface Problem {
  /** What it is about, as a stable word: 'read-only', 'clock', 'foreign-cluster', … */
  readonly kind: string;
  /** Which one of its kind: a member, a path; empty where there can be but one. */
  readonly subject: string;
  /** One sentence for the operator, without a full stop. */
  readonly text: string;
  /** What to do next; null: nothing helps. */
  readonly next: string | NextStep | null;
  /** Unix time at which it was first seen; it is kept while the problem lasts. */
  readonly sinceMs: number;
}

/**
 * Beyond this many of one kind the latest are counted and logged only: a hostile peer must not fill the memory. What it brings
 * about never hides a problem of another kind.
 */
const KIND_MAX = 64;
/** Beyond this many they are not told at all. */
const LEFT_OUT_MAX = 4096;

/** What is wrong at this node now. Whoever sees a problem notes it, and clears it once it is over; each is logged once. */
export class Problems {
  private readonly noted = new Map<string, Problem>();
  private readonly idsLeftOut = new Set<string>();

  constructor(
    private readonly wallMs: () => number,
    private readonly log: (level: 'info' | 'warn', message: string, about: About) => void,
  ) {}

  /** Note a problem, or that it lasts. A text that changes takes the place of the one before. */
  note(kind: string, subject: string, text: string, next: string | NextStep | null = null): void {
    const id = idOf(kind, subject);
    const known = this.noted.get(id);
    if (known === undefined && !this.admit(kind, id, text)) return;
    this.noted.set(id, { kind, subject, text, next, sinceMs: known?.sinceMs ?? this.wallMs() });
  }

  /** It is over. Does nothing if it was not noted. */
  clear(kind: string, subject = ''): void {
    const known = this.noted.get(idOf(kind, subject));
    this.idsLeftOut.delete(idOf(kind, subject));
    if (known === undefined) return;
    this.noted.delete(idOf(kind, subject));
    this.log('info', `over: ${known.text}`, { ...aboutOf(kind), over: true });
  }

  /** Longest first. */
  list(): Problem[] {
    return [...this.noted.values()];
  }

  /** How many were left out because there were too many. */
  get leftOut(): number {
    return this.idsLeftOut.size;
  }

  /** Log a new problem, once. Returns whether there is room to keep it. */
  private admit(kind: string, id: string, text: string): boolean {
    const isLogged = this.idsLeftOut.delete(id);
    const hasRoom = this.list().filter((one) => one.kind === kind).length < KIND_MAX;
    if (!hasRoom && this.idsLeftOut.size < LEFT_OUT_MAX) this.idsLeftOut.add(id);
    if (!isLogged && (hasRoom || this.idsLeftOut.has(id))) this.log('warn', text, aboutOf(kind));
    return hasRoom;
  }
}

/** What operators look for by itself has a kind of its own. */
function aboutOf(problem: string): About {
  const kind = problem.startsWith('clock-') ? 'clock' : DISK.includes(problem) ? 'disk' : 'problem';
  return { kind, subject: problem };
}
const DISK = ['read-only', 'compaction', 'events'];

function idOf(kind: string, subject: string): string {
  return `${kind}\n${subject}`;
}
