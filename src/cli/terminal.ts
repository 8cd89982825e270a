import { OperatorError } from '../core/model/errors.js';
import { paragraph } from './views/text.js';

export interface Choice<T extends string> {
  value: T;
  name: string;
  description?: string;
}

/** The person at the terminal, if there is one. Prompts go to stderr, so that `> file` catches the result alone. */
export interface Terminal {
  /** Whether questions can be asked. NO_COLOR has no part in this. */
  readonly interactive: boolean;
  /** @throws OperatorError `declined` when the prompt is broken off. */
  confirm(question: string): Promise<boolean>;
  select<T extends string>(question: string, choices: readonly Choice<T>[]): Promise<T>;
  /** @param proposed the answer where nothing is typed. */
  input(question: string, proposed?: string): Promise<string>;
  /** Nothing of what is typed is shown. */
  password(question: string): Promise<string>;
  /** Show a screen, wait for one of these keys, or for `any` that a person types, and take the screen away again. */
  key(screen: string, keys: readonly string[], any?: boolean): Promise<string>;
}

/** Prompts by inquirer, which is loaded with the first question. */
export const processTerminal: Terminal = {
  get interactive() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  },
  async confirm(message) {
    return ask<boolean>({ type: 'confirm', message, default: false });
  },
  async select<T extends string>(message: string, choices: readonly Choice<T>[]) {
    return ask<T>({ type: 'select', message, choices: [...choices], loop: false });
  },
  async input(message, proposed) {
    return ask<string>({ type: 'input', message, ...(proposed === undefined ? {} : { default: proposed }) });
  },
  async password(message) {
    return ask<string>({ type: 'password', message });
  },
  async key(screen, keys, any = false) {
    const { keyPrompt } = await import('./key-prompt.js');
    return unlessBrokenOff(keyPrompt({ screen, keys, any }, { output: process.stderr, clearPromptOnDone: true }));
  },
};

async function ask<T>(question: object): Promise<T> {
  const { default: inquirer } = await import('inquirer');
  const prompt = inquirer.createPromptModule({ output: process.stderr });
  const answers = (await unlessBrokenOff(prompt([{ name: 'answer', ...question } as never]))) as { answer: T };
  return answers.answer;
}

async function unlessBrokenOff<T>(asking: Promise<T>): Promise<T> {
  try {
    return await asking;
  } catch (error) {
    // inquirer throws this when Ctrl-C ends a prompt.
    if (error instanceof Error && error.name === 'ExitPromptError') throw declined();
    throw error;
  }
}

/** A terminal would break a question in the midst of a word. Room is left for the mark before it and the answer behind. */
export function questionText(question: string, columns: number): string {
  return paragraph(question, columns - '? '.length - ' (y/N) yes '.length);
}

export function declined(): OperatorError {
  return new OperatorError('declined', 'declined, nothing was changed');
}

/** What a person who says no to a question throws: whoever asked may offer something else. */
export class SaidNo extends OperatorError {
  constructor() {
    super('declined', 'declined, nothing was changed');
  }
}

/**
 * Have a destructive step confirmed: by `--yes`, or by a person.
 * @param canLook the command has a --dry-run
 * @throws OperatorError `declined`, or `no-terminal` when there is nobody to ask.
 */
export async function confirmStep(terminal: Terminal, question: string, yes: boolean, canLook = false): Promise<void> {
  if (yes) return;
  if (!terminal.interactive) {
    throw new OperatorError(
      'no-terminal',
      'this needs a confirmation, and nobody is asked without a terminal or with --json; nothing was changed',
      `add --yes to go on without being asked${canLook ? ', or --dry-run to see the plan alone' : ''}`,
    );
  }
  if (!(await terminal.confirm(question))) throw new SaidNo();
}
