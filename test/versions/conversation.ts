import { type Input, type Name, Speaker, STEP_MS } from './speaker.js';

/** What one version of mneme said on a link, and how it ended. */
export interface Conversation {
  readonly inputs: readonly Input[];
  readonly endMs: number;
  readonly outcome: object;
}

const other = (name: Name): Name => (name === 'a' ? 'b' : 'a');

/** b joins a; both write; the link is cut; both write the same key; b resolves what that leads to; both go on. */
const SCRIPT: readonly Input[] = [
  { atMs: 0, to: 'a', link: 0, what: 'write', key: 'early', value: 'before b came' },
  { atMs: 0, to: 'a', link: 0, what: 'write', key: 'gone', value: 'to be deleted' },
  { atMs: 1000, to: 'b', link: 1, what: 'dialled' },
  { atMs: 3000, to: 'b', link: 0, what: 'write', key: 'of b', value: 'written by b' },
  { atMs: 3100, to: 'a', link: 0, what: 'write', key: 'gone', value: null },
  { atMs: 4000, to: 'b', link: 1, what: 'down' },
  { atMs: 7000, to: 'a', link: 0, what: 'write', key: 'both', value: 'by a, apart' },
  { atMs: 7100, to: 'b', link: 0, what: 'write', key: 'both', value: 'by b, apart and later' },
  { atMs: 7100, to: 'b', link: 0, what: 'write', key: 'only b', value: 'apart' },
  { atMs: 8000, to: 'b', link: 2, what: 'dialled' },
  { atMs: 10_000, to: 'b', link: 0, what: 'resolve' },
  { atMs: 12_000, to: 'a', link: 0, what: 'write', key: 'late', value: 'together again' },
];
const END_MS = 14_000;

/** Both ends as they are now speak with each other. */
export function converse(): Conversation {
  const ends = { a: new Speaker('a'), b: new Speaker('b') };
  const inputs: Input[] = [];
  const give = (input: Input): void => {
    const { to, what, atMs, link } = input;
    if (what === 'dialled') give({ atMs, to: other(to), link, what: 'accepted' });
    inputs.push(input);
    pass(to, atMs, ends[to].take(input));
  };
  const pass = (from: Name, atMs: number, outputs: ReturnType<Speaker['tick']>): void => {
    for (const { link, bytes } of outputs) {
      if (bytes === null) give({ atMs, to: other(from), link, what: 'down' });
      else give({ atMs, to: other(from), link, what: 'bytes', bytes: bytes.toString('base64') });
    }
  };
  for (let atMs = 0; atMs <= END_MS; atMs += STEP_MS) {
    for (const name of ['a', 'b'] as const) pass(name, atMs, ends[name].tick(atMs));
    for (const input of SCRIPT.filter((one) => one.atMs === atMs)) {
      give(input);
      if (input.what === 'down') give({ ...input, to: other(input.to) });
    }
  }
  for (const end of Object.values(ends)) if (end.stops.length > 0) throw new Error(end.stops.join());
  return { inputs, endMs: END_MS, outcome: { a: ends.a.outcome(), b: ends.b.outcome() } };
}

/** One end as it is now hears what the other one said then. Returns how that ends for it. */
export function answer(name: Name, { inputs, endMs }: Conversation): object {
  const end = new Speaker(name);
  const own = inputs.filter(({ to }) => to === name);
  let next = 0;
  for (let atMs = 0; atMs <= endMs; atMs += STEP_MS) {
    end.tick(atMs);
    for (; next < own.length && own[next]!.atMs <= atMs; next++) end.take(own[next]!);
  }
  if (end.stops.length > 0) throw new Error(end.stops.join());
  return end.outcome();
}
