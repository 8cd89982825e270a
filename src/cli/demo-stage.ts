import { spawn } from 'node:child_process';
import type { DemoReporter } from '../operations/demo/demo.js';
import { pageOf } from './page.js';
import { demoCode, demoCommand, demoHeading, demoNote } from './views/demo.js';

/** Tells the story on stdout; silent where the result is JSON. */
export function demoReporter(quiet: boolean): DemoReporter {
  const page = pageOf(process.stdout);
  const write = (text: string): void => void (quiet || process.stdout.write(text));
  return {
    say: (text) => write(demoHeading(text, page)),
    command: (args) => write(demoCommand(args, page)),
    code: (code, result) => write(demoCode({ code, result }, page)),
    note: (text) => write(demoNote(text, page)),
  };
}

/** Runs this program again, as a shell would, with its output on our own. */
export function runMneme(program: string, quiet: boolean): (args: readonly string[]) => Promise<number> {
  return (args) =>
    new Promise((resolve, reject) => {
      const output = quiet ? 'ignore' : 'inherit';
      // The story goes on by itself: no pager waits for a key.
      const env = { ...process.env, MNEME_PAGER: '' };
      const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', output, 'inherit'], env });
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(signal === null ? (code ?? 1) : 1));
    });
}
