import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Config, Errors } from '@oclif/core';
import { MnemeCommand } from '../../src/cli/base-command.js';
import { processTerminal, type Terminal } from '../../src/cli/terminal.js';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export interface Outcome {
  stdout: string;
  stderr: string;
  exitCode: number;
  /** Parsed stdout; undefined if it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: shapes are what the tests are about
  json: any;
}

type CommandClass = (new (argv: string[], config: Config) => Command) & { id: string };

/** Run a command class as the binary would, with its output caught, away from any real terminal. */
export async function runCommand(command: unknown, argv: string[], terminal?: Partial<Terminal>): Promise<Outcome> {
  const config = await Config.load(ROOT);
  const Class = command as CommandClass;
  MnemeCommand.terminal = terminal === undefined ? noTerminal : { ...noTerminal, interactive: true, ...terminal };
  const out = capture(process.stdout);
  const err = capture(process.stderr);
  let exitCode = 0;
  try {
    process.exitCode = undefined;
    await (new Class(argv, config) as unknown as { _run(): Promise<unknown> })._run();
    exitCode = Number(process.exitCode ?? 0);
  } catch (error) {
    if (!(error instanceof Errors.ExitError)) throw error;
    exitCode = error.oclif.exit ?? 1;
  } finally {
    out.restore();
    err.restore();
    process.exitCode = undefined;
    MnemeCommand.terminal = processTerminal;
  }
  return { stdout: out.text(), stderr: err.text(), exitCode, json: parse(out.text()) };
}

const noTerminal: Terminal = {
  interactive: false,
  confirm: () => Promise.reject(new Error('asked without a terminal')),
  select: () => Promise.reject(new Error('asked without a terminal')),
  input: () => Promise.reject(new Error('asked without a terminal')),
  password: () => Promise.reject(new Error('asked without a terminal')),
  key: () => Promise.reject(new Error('asked without a terminal')),
};

function capture(stream: NodeJS.WriteStream) {
  const chunks: Buffer[] = [];
  const { write, isTTY, columns } = stream;
  // What is told on stderr is prose, which is looked for as it is written: wrapping is tested by itself.
  Object.assign(stream, { isTTY: false, columns: stream === process.stderr ? 1000 : 80 });
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    chunks.push(Buffer.from(chunk as string));
    const done = rest.find((value) => typeof value === 'function') as (() => void) | undefined;
    done?.();
    return true;
  }) as typeof stream.write;
  return {
    text: () => Buffer.concat(chunks).toString('utf8'),
    restore: () => {
      stream.write = write;
      Object.assign(stream, { isTTY, columns });
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
