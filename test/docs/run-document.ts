import { isFile, type Step, stepsOf } from './guide.js';
import { isPrinted } from './printed.js';
import { Terminal } from './terminal.js';

/** How long a block is typed again whose result takes a moment. */
const AGAIN_MS = 20_000;
/** The same where nothing is shown yet. */
const FIRST_MS = 3000;

export interface Ran {
  readonly step: Step;
  readonly text: string;
  readonly failed: readonly string[];
  readonly isAsShown: boolean;
}

/** Does what a reader does, step by step; each is told of once it is done. */
export async function runDocument(document: string, onStep: (ran: Ran) => void): Promise<void> {
  const terminal = new Terminal();
  try {
    for (const step of stepsOf(document)) {
      if (isFile(step.typed)) terminal.save(step.typed.word, `${step.typed.text}\n`);
      else onStep(await runStep(terminal, step));
    }
  } finally {
    await terminal.close();
  }
}

async function runStep(terminal: Terminal, step: Step): Promise<Ran> {
  const { typed, printed } = step;
  const deadlineMs = Date.now() + (printed?.text === '' ? FIRST_MS : AGAIN_MS);
  for (;;) {
    const { text, failed } = await terminal.type(typed.text);
    const isAsShown = printed === null || isPrinted(printed.text, text);
    if (typed.word !== 'again' || (isAsShown && failed.length === 0) || Date.now() > deadlineMs)
      return { step, text, failed, isAsShown };
    await new Promise((done) => setTimeout(done, 100));
  }
}
