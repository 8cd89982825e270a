import { heightOf } from './page.js';

/** Lines that belong to what was typed and to the next prompt. */
const LINES_AROUND = 2;

/**
 * Show a text that is longer than the terminal through the operator's pager: MNEME_PAGER, else PAGER, else less. An empty one, or cat, is
 * none. Resolves to false if the text was not shown: there is no terminal, it fits, or there is no pager.
 */
export async function throughPager(
  text: string,
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  const pager = env.MNEME_PAGER ?? env.PAGER ?? 'less';
  if (stream.isTTY !== true || pager === '' || pager === 'cat' || env.TERM === 'dumb') return false;
  if (text.split('\n').length + LINES_AROUND <= heightOf(stream)) return false;
  // Loaded by whoever needs it: each command is read with this file, and few have so much to show.
  const { spawn } = await import('node:child_process');
  // As git has it: leave at once what fits, colours as they are, and what was read stays on the screen.
  const child = spawn(pager, {
    shell: true,
    stdio: ['pipe', stream, 'inherit'],
    env: { ...env, LESS: env.LESS ?? 'FRX' },
  });
  // Ctrl-C is for the pager: without it the terminal would be left to a pager that nobody waits for.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    return await new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(false));
      child.once('close', (code) => resolve(code !== NO_SUCH_COMMAND));
      // Whoever has read enough quits.
      child.stdin.on('error', () => undefined);
      child.stdin.end(text);
    });
  } finally {
    process.removeListener('SIGINT', ignore);
  }
}

/** What a shell ends with. */
const NO_SUCH_COMMAND = 127;
