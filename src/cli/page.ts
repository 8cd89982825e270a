/** What a view needs to know of where its text will be read. */
export interface Page {
  /** Columns. Tables never write beyond them. */
  readonly width: number;
  readonly color: boolean;
  /** A command to type next with the flags in use: left out, as it is. */
  readonly inUse?: (command: string) => string;
}

/** Turns data into text. Never prints, never reads the terminal. */
export type View<T> = (data: T, page: Page) => string;

export const WIDTH_WITHOUT_TERMINAL = 80;

/** The page of a stream. Stdout and stderr are judged apart: one may be a pipe while the other is a terminal. */
export function pageOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Page {
  const width = stream.columns ?? (Number.parseInt(env.COLUMNS ?? '', 10) || WIDTH_WITHOUT_TERMINAL);
  const wanted = !env.NO_COLOR && env.TERM !== 'dumb';
  return { width: Math.max(20, width), color: wanted && stream.isTTY === true };
}
