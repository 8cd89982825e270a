import { Socket } from 'node:net';
import { failureOf } from './failure.js';

export interface WatchOptions {
  everyMs: number;
  /** Ends the watch, as Ctrl-C does. */
  signal: AbortSignal;
  stream?: NodeJS.WriteStream;
  /** What stands above each picture where they come one after the other, such as the time; left out: nothing. */
  heading?: () => string;
  /** What stands in the place of a picture that failed; left out: its message. */
  explain?: (error: unknown) => string;
}

/**
 * Draw again and again until the signal: over itself in a terminal, one text after the other elsewhere. A failure after the
 * first picture is shown in its place, since a node that goes away and comes back is what one watches for.
 */
export async function watch(draw: () => Promise<string>, options: WatchOptions): Promise<void> {
  const { everyMs, signal, stream = process.stdout, heading, explain = explanation } = options;
  for (let first = true; !signal.aborted; first = false) {
    // Ctrl-C does not wait for a node that is silent.
    const text = await Promise.race([first ? draw() : draw().catch(explain), aborted(signal)]);
    if (text === null) return;
    const above = heading === undefined ? '' : `${heading()}\n`;
    stream.write(stream.isTTY ? overdraw(fitting(text, stream.rows), first) : `${above}${text}\n`);
    await pause(everyMs, signal);
  }
}

/** An abort signal that q, Ctrl-C or SIGTERM sets off, so that a watch ends well instead of being killed. */
export function untilInterrupted(keys: NodeJS.ReadStream = process.stdin): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  if (keys.isTTY) listenForQuit(keys, controller);
  return controller.signal;
}

/** Single keys come only in the raw mode of a terminal, in which Ctrl-C is a key too. */
function listenForQuit(keys: NodeJS.ReadStream, controller: AbortController): void {
  const press = (key: Buffer) => {
    if (['q', 'Q', '\x03'].includes(key.toString())) controller.abort();
  };
  keys.setRawMode(true);
  keys.on('data', press);
  // A watch that failed does not wait for a key.
  if (keys instanceof Socket) keys.unref();
  const restore = () => {
    keys.off('data', press);
    keys.setRawMode(false);
    keys.pause();
  };
  controller.signal.addEventListener('abort', restore, { once: true });
}

/** The top of it, where the headline is, if not all has room. */
function fitting(text: string, rows = 0): string {
  const lines = text.trimEnd().split('\n');
  if (rows < 2 || lines.length < rows) return text;
  return [...lines.slice(0, rows - 2), `… ${lines.length - rows + 2} more lines`].join('\n');
}

function explanation(error: unknown): string {
  return `error: ${failureOf(error).message}\n(trying again)`;
}

/** Go home, write over each line, clear what is left: without the flicker of an empty screen. */
function overdraw(text: string, first: boolean): string {
  const lines = text.split('\n').map((line) => `${line}\x1b[K`);
  return `${first ? '\x1b[2J' : ''}\x1b[H${lines.join('\n')}\n\x1b[J`;
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, durationMs);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
