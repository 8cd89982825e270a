import { writeFileSync } from 'node:fs';
import { apiText } from './api-text.js';
import { referenceText } from './reference-text.js';
import { sizingText } from './sizing.js';

/** Documents that are made of the code, each with what makes it. */
export const GENERATED: readonly [path: string, text: () => string][] = [
  ['docs/reference.md', referenceText],
  ['docs/api.md', apiText],
  ['docs/sizing.md', sizingText],
];

export async function writeGenerated(): Promise<void> {
  for (const [path, text] of GENERATED) {
    writeFileSync(path, text());
    process.stdout.write(`${path} written\n`);
  }
}
