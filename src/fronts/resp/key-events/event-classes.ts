/** Classes of key events, by the letters of `notify-keyspace-events`. */
export type EventClass = 'g' | '$' | 'h' | 's' | 'z' | 'x' | 'e' | 'n' | 'm';

/** Which key events are published, as `notify-keyspace-events` says it. */
export class EventClasses {
  private constructor(private readonly letters: ReadonlySet<string>) {}

  /** In any order. undefined: there is a letter that stands for nothing. */
  static read(text: string): EventClasses | undefined {
    const letters = new Set<string>();
    for (const letter of text) {
      if (letter === 'A') for (const one of ALL) letters.add(one);
      else if (ALL.includes(letter) || OTHERS.includes(letter)) letters.add(letter);
      else return undefined;
    }
    return new EventClasses(letters);
  }

  /** What is published to the channel of the key; otherwise, or beside it, to the channel of the event. */
  get byKey(): boolean {
    return this.letters.has('K');
  }

  get byEvent(): boolean {
    return this.letters.has('E');
  }

  has(eventClass: EventClass): boolean {
    return this.letters.has(eventClass);
  }

  /** As Redis 7.0 writes them: with A, what is new (n) is left out, though it is published. */
  get text(): string {
    const has = (letter: string): boolean => this.letters.has(letter);
    const classes = [...ALL].every(has) ? 'A' : [...ALL, 'n'].filter(has).join('');
    return classes + [...'KEm'].filter(has).join('');
  }
}

/** The letters of a setting that Redis would refuse. */
export const LETTERS_WANTED = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";

// ---

/** What the letter A stands for, in the order in which they are shown. Some are of types that are not here, and publish nothing. */
const ALL = 'g$lshzxetd';
const OTHERS = 'KEnm';
