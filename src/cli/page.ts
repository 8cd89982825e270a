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
const HEIGHT_WITHOUT_TERMINAL = 24;

/** Rows of its terminal. Some say that they have none, as those without a screen do in CI and containers: that is not known. */
export function heightOf({ rows }: NodeJS.WriteStream): number {
  return rows || HEIGHT_WITHOUT_TERMINAL;
}

/**
 * The page of a stream. Stdout and stderr are judged apart: one may be a pipe while the other is a terminal. No columns are not known
 * ones, as no rows are.
 */
export function pageOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Page {
  const width = stream.columns || Number.parseInt(env.COLUMNS ?? '', 10) || WIDTH_WITHOUT_TERMINAL;
  return { width: Math.max(20, width), color: hasColor(stream, env) };
}

/** What says no, such as `--no-color`, stands over what says yes. */
function hasColor(stream: NodeJS.WriteStream, { NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return TERM !== 'dumb' && stream.isTTY === true;
}
