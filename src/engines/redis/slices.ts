import type { Ports } from './ports.js';

/** What slices need: a clock, and the next turn. */
export type SlicePorts = Pick<Ports, 'monoMs' | 'soon' | 'slices'>;

/** Between two looks at the clock so many elements are dealt with: a look takes as long as one of them. */
const ELEMENTS_PER_LOOK = 32;

/** A bounded piece of a long task: by number, and by time, since an element may take a microsecond or fifty. */
export class Slice {
  private count = 0;
  private readonly endMs: number;

  /** @param most so many elements, whatever time they take */
  constructor(
    private readonly ports: Pick<Ports, 'monoMs' | 'slices'>,
    private readonly most: number,
  ) {
    this.endMs = ports.monoMs() + ports.slices.ms;
  }

  /** To be called after each element. Returns whether it was the last one. */
  isOver(): boolean {
    if (++this.count >= this.most) return true;
    return this.count % ELEMENTS_PER_LOOK === 0 && this.ports.monoMs() >= this.endMs;
  }
}

/** Goes through all of them, with a rest after each slice. */
export async function inSlices<T>(ports: SlicePorts, all: Iterable<T>, each: (one: T) => void): Promise<void> {
  await someInSlices(ports, all, (one) => {
    each(one);
    return false;
  });
}

/** Whether one of them is such, likewise. */
export async function someInSlices<T>(
  ports: SlicePorts,
  all: Iterable<T>,
  isSuch: (one: T) => boolean,
): Promise<boolean> {
  let slice = new Slice(ports, ports.slices.elements);
  for (const one of all) {
    if (isSuch(one)) return true;
    if (!slice.isOver()) continue;
    await rest(ports);
    slice = new Slice(ports, ports.slices.elements);
  }
  return false;
}

/** All else has its turn. */
export function rest(ports: Pick<Ports, 'soon'>): Promise<void> {
  return new Promise((resolve) => ports.soon(resolve));
}
