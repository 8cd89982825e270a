import { describe, expect, test } from '@jest/globals';
import { DOCUMENTS, stepsOf } from './guide.js';
import { runDocument } from './run-document.js';
import { missingPrograms, whyNoTerminal } from './terminal.js';

const why = whyNoTerminal();
if (why !== null) process.stderr.write(`left out: the commands of the documents (${why})\n`);
const documents = DOCUMENTS.filter((name) => stepsOf(name).length > 0);

(why === null ? describe : describe.skip)(
  'every command does what the document says, in the order in which a reader types them',
  () => {
    test.each(documents)(
      '%s',
      async (document) => {
        const missing = missingPrograms(
          stepsOf(document)
            .map(({ typed }) => typed.text)
            .join('\n'),
        );
        if (missing.length > 0) {
          process.stderr.write(`left out: ${document} (${missing.join(', ')} not installed)\n`);
          return;
        }
        await runDocument(document, ({ step: { typed, printed }, text, failed, isAsShown }) => {
          const place = `${document}:${typed.line}`;
          if (!isAsShown) expect(`${place} prints\n${text.trim()}`).toBe(`${place} prints\n${printed?.text}`);
          expect({ place, failed, text }).toEqual({ place, failed: [], text });
        });
      },
      120_000,
    );
  },
);
