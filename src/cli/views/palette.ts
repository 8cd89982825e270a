import { Chalk } from 'chalk';

export type Paint = (text: string) => string;

/** Colours by meaning, so that a view never names one. */
export interface Palette {
  good: Paint;
  warn: Paint;
  bad: Paint;
  dim: Paint;
  strong: Paint;
  /** Something to type. */
  command: Paint;
}

export function paletteOf(color: boolean): Palette {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  // Each takes one text alone: chalk's own functions take many, and would paint the index that `map` passes on.
  return {
    good: (text) => chalk.green(text),
    warn: (text) => chalk.yellow(text),
    bad: (text) => chalk.red(text),
    dim: (text) => chalk.dim(text),
    strong: (text) => chalk.bold(text),
    command: (text) => chalk.cyan(text),
  };
}
