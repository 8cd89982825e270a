import type { Item } from './model/item.js';
import type { Change } from './model/server.js';

/** What an application did to an element; null: it took it away. */
interface Wish {
  readonly order: number;
  readonly atMs: number;
  readonly value: string | null;
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
  lastBy: Change['cause'] | null = null;
  /** Of the latest expiry of its key. */
  expiredOrder = 0;
  /** What the node knew Redis to hold last, and when. */
  known: string | null = null;
  knownAtMs = 0;
  /** What the node held, and until when. */
  readonly held: { readonly value: string | null; readonly untilMs: number }[] = [];

  get capturedOrder(): number {
    while (this.captures.at(-1)?.isLost() === true) this.captures.pop();
    return this.captures.at(-1)?.order ?? 0;
  }

  know(value: string | null, atMs: number): void {
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
