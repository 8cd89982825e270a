import type { Bytes } from '../../core/model/bytes.js';
import type { ArgumentList } from './codec/argument-list.js';
import type { CommandDefinition } from './commands/definition.js';
import { withoutPasswords } from './secrets.js';
import type { Session } from './session.js';

/** The clients that asked by MONITOR to be shown all commands. */
export class Monitors {
  private readonly feeds = new Map<number, (line: Bytes) => void>();

  get size(): number {
    return this.feeds.size;
  }

  /** @param feed sends a line to that client */
  add(id: number, feed: (line: Bytes) => void): void {
    this.feeds.set(id, feed);
  }

  remove(id: number): void {
    this.feeds.delete(id);
  }

  /** A command was performed. Those of administrators are not shown, and passwords never. */
  show({ name, flags }: CommandDefinition, args: ArgumentList, session: Session, atMs: number): void {
    if (this.feeds.size === 0 || flags.includes('admin') || flags.includes('skip_monitor')) return;
    const text = withoutPasswords(name, args.toArray()).map(quoted).join(' ');
    const line = Buffer.from(`+${timeText(atMs)} [${session.database} ${session.address}] ${text}\r\n`, 'latin1');
    for (const feed of [...this.feeds.values()]) feed(line);
  }
}

// ---

function timeText(atMs: number): string {
  const micros = Math.round(atMs * 1000);
  return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
};

function quoted(word: Bytes): string {
  const text = Buffer.from(word.buffer, word.byteOffset, word.length).toString('latin1');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what has to be escaped.
  const escaped = text.replace(/["\\\x00-\x1f\x7f-\xff]/g, (one) => {
    return ESCAPES[one] ?? `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${escaped}"`;
}
