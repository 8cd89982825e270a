import { readdirSync, readFileSync } from 'node:fs';

/**
 * What a fence says behind its language:
 *
 *     sh              typed into the terminal; the `text` that follows, if one does, is what it prints
 *     sh again        the same, typed again until it prints that: a look at what takes a moment
 *     sh npm          installs packages or runs scripts of this project: what it names has to be there
 *     sh elsewhere    for tools and machines that a test does not have: each `mneme` in it has to be a command with flags that it takes
 *     js FILE, …      a file in the directory in which the commands are typed
 */
export interface Block {
  readonly language: string;
  readonly word: string;
  readonly text: string;
  /** Of its first line in the document, from 1. */
  readonly line: number;
}

export interface Step {
  readonly typed: Block;
  /** null: what it prints is not shown. */
  readonly printed: Block | null;
}

/** The documents of which every fence is checked, and every command is run. */
export const DOCUMENTS = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function blocksOf(document: string): Block[] {
  const lines = readFileSync(document, 'utf8').split('\n');
  const blocks: Block[] = [];
  let open: { language: string; word: string; line: number } | null = null;
  for (const [i, text] of lines.entries()) {
    const [, language = '', word = ''] = /^```(\S*) ?(.*)$/.exec(text) ?? [];
    if (!text.startsWith('```')) continue;
    if (open === null) open = { language, word, line: i + 2 };
    else {
      blocks.push({ ...open, text: lines.slice(open.line - 1, i).join('\n') });
      open = null;
    }
  }
  if (open !== null) throw new Error(`${document}:${open.line}: the fence is not closed`);
  return blocks;
}

/** What a reader does, in order: files that are saved, and commands that are typed. */
export function stepsOf(document: string): Step[] {
  const blocks = blocksOf(document);
  return blocks
    .map((typed, i) => ({ typed, printed: blocks[i + 1]?.language === 'text' ? blocks[i + 1]! : null }))
    .filter(({ typed }) => isRun(typed) || isFile(typed));
}

export function isRun({ language, word }: Block): boolean {
  return language === 'sh' && (word === '' || word === 'again');
}

export function isFile({ language, word }: Block): boolean {
  return language !== 'sh' && language !== 'text' && /^[\w.-]+\.\w+$/.test(word);
}
