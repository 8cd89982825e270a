import { readAdvice } from '../../hints/advice.js';
import type { Page } from '../page.js';
import { paletteOf } from './palette.js';
import { paragraph } from './text.js';

/** What to do next: the command on a line of its own, which is never broken, and what is said beside it. */
export function nextStep(next: string | null, page: Page, label = 'next: '): string[] {
  const { command, note: text } = readAdvice(next);
  const note = text === null ? null : withFlags(text, page);
  const { dim } = paletteOf(page.color);
  if (command !== null) {
    const beside = note === null ? [] : [paragraph(note, page.width, ' '.repeat(label.length))];
    return [commandLine(label, command, page), ...beside];
  }
  if (note === null) return [];
  const lines = paragraph(note, page.width, ' '.repeat(label.length));
  return [`${dim(label.trimEnd())}${lines.slice(label.trimEnd().length)}`];
}

/** A command at the end of what is said beside gets the flags in use too. */
function withFlags(note: string, { inUse = (command) => command }: Page): string {
  return note.replace(/(?<=: )mneme [^;,]*$/, inUse);
}

/** A command under a word that says what for, with the flags that are in use. */
export function commandLine(label: string, text: string, page: Page): string {
  const { dim, command } = paletteOf(page.color);
  return `${dim(label.trimEnd())}${' '.repeat(label.length - label.trimEnd().length)}${command(page.inUse?.(text) ?? text)}`;
}
