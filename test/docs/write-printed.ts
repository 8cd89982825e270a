import { readFileSync, writeFileSync } from 'node:fs';
import { DOCUMENTS } from './guide.js';
import { type Ran, runDocument } from './run-document.js';

/**
 * Runs documents, and puts what was printed in the place of what they show and was not. To be read before it is committed.
 * @returns whether no command failed
 */
export async function writePrinted(named: readonly string[]): Promise<boolean> {
  let isSound = true;
  for (const document of named.length === 0 ? DOCUMENTS : named) {
    const changed: Ran[] = [];
    await runDocument(document, (ran) => {
      for (const failure of ran.failed)
        process.stderr.write(`${document}:${ran.step.typed.line}: ${failure}\n${ran.text}\n`);
      isSound &&= ran.failed.length === 0;
      if (!ran.isAsShown) changed.push(ran);
    });
    const lines = readFileSync(document, 'utf8').split('\n');
    for (const { step, text } of changed.reverse()) {
      const { line, text: shown } = step.printed!;
      const count = shown === '' && lines[line - 1] === '```' ? 0 : shown.split('\n').length;
      lines.splice(
        line - 1,
        count,
        ...text
          .trimEnd()
          .split('\n')
          .map((one) => one.trimEnd()),
      );
    }
    writeFileSync(document, lines.join('\n'));
    process.stdout.write(`${document}: ${changed.length} outputs written\n`);
  }
  return isSound;
}
