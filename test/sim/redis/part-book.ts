import type { Item } from './model/item.js';
import type { Change } from './model/server.js';

/** What an application did to an element, or an operator in its name; null: it took it away. */
export interface Wish extends Occasion {
  readonly value: string | null;
}

/** When something happened to a key, and how. */
export interface Occasion {
  readonly order: number;
  readonly atMs: number;
  /** With all others. */
  readonly isFlush: boolean;
  /** See {@link Deed}. */
  readonly isAttended: boolean;
}

interface Capture {
  readonly order: number;
  /** A crash took the version. */
  readonly isLost: () => boolean;
}

/** The truth of one element at one site. */
class ElementBook {
  readonly wishes: Wish[] = [];
  readonly captures: Capture[] = [];
  /** By whom the element is as it is in Redis. */
  lastBy: Change['cause'] | 'operator' | null = null;
  /** What a Redis came back with. */
  readonly loaded = new Set<string>();
  /** What was kept by another expiry when its node thought that it had expired: to that it is a write. */
  readonly kept = new Set<string>();
  /** An operator has decided about what was done up to here. */
  excusedOrder = 0;
  /** Of the latest expiry of its key. */
  expiredOrder = 0;
  /** What the node knew Redis to hold last, and when. */
  known: string | null = null;
  knownAtMs = 0;
  /** What it has versioned or written last: it may not have seen what came since. */
  versioned: string | null = null;
  /** What the node held, and until when. */
  readonly held: { readonly value: string | null; readonly untilMs: number }[] = [];

  get capturedOrder(): number {
    while (this.captures.at(-1)?.isLost() === true) this.captures.pop();
    return this.captures.at(-1)?.order ?? 0;
  }

  know(value: string | null, atMs: number): void {
    this.versioned = value;
    this.mayKnow(value, atMs);
  }

  mayKnow(value: string | null, atMs: number): void {
    this.held.push({ value: this.known, untilMs: atMs });
    this.known = value;
    this.knownAtMs = atMs;
  }

  wasHeld(value: string | null, sinceMs: number): boolean {
    return this.held.some((one) => one.value === value && one.untilMs >= sinceMs);
  }
}

/** The elements of all keys of a site that are judged one by one: what its application did, and how much of it has a version. */
export class PartBook {
  private readonly elements = new Map<string, ElementBook>();

  of(key: string, name: string): ElementBook {
    const id = `${key}\n${name}`;
    const known = this.elements.get(id) ?? new ElementBook();
    this.elements.set(id, known);
    return known;
  }

  keys(): string[] {
    return [...new Set([...this.elements.keys()].map((id) => id.slice(0, id.indexOf('\n'))))];
  }

  namesOf(key: string): string[] {
    return [...this.elements.keys()].filter((id) => id.startsWith(`${key}\n`)).map((id) => id.slice(key.length + 1));
  }
}

/** The elements of a collection, with their values. */
export function elementsOf(item: Item | null): ReadonlyMap<string, string> {
  const elements = new Map<string, string>();
  if (item === null) return elements;
  const width = item.type === 'set' ? 1 : 2;
  for (let at = 0; at < item.elements.length; at += width)
    elements.set(item.elements[at]!, width === 1 ? '' : item.elements[at + 1]!);
  return elements;
}
