import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { failureOf } from '../../src/cli/failure.js';
import { confirmStep, type Terminal } from '../../src/cli/terminal.js';
import { requirePerson } from '../../src/cli/walkthrough.js';
import { EXIT, EXIT_CODES, OperatorError, type OperatorErrorCode } from '../../src/core/model/errors.js';
import { ROOT } from './run-command.js';

/** What a script can tell apart. All that is in none of these is a refusal. */
const TOLD_APART: Record<number, OperatorErrorCode[]> = {
  2: ['usage', 'bad-setting', 'bad-line'],
  3: ['unhealthy'],
  4: ['not-reachable'],
  5: ['declined', 'no-terminal'],
  7: ['unknown-node', 'unknown-incident', 'unknown-plan', 'unknown-user', 'unknown-context'],
  8: ['timed-out'],
};

test.each(Object.keys(EXIT_CODES) as OperatorErrorCode[])('%s ends with its exit code', (code) => {
  const [named] = Object.entries(TOLD_APART).find(([, codes]) => codes.includes(code)) ?? ['6'];
  const { exitCode } = failureOf(new OperatorError(code, 'a sentence'));
  expect(exitCode).toBe(Number(named));
});

test('README lists every exit code, in their order', () => {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const list = /Exit codes: [\s\S]*?\n\n/.exec(text)?.[0] ?? '';
  const listed = [...list.matchAll(/(?:: |· )(\d) /g)].map((match) => Number(match[1]));
  expect(listed).toEqual(Object.values(EXIT).sort());
});

describe('where nobody can be asked', () => {
  const nobody = { interactive: false } as Terminal;

  test('a step that needs a yes is not taken, which is no mistake of whoever typed it', async () => {
    await expect(confirmStep(nobody, 'Go on?', false)).rejects.toMatchObject({ code: 'no-terminal', exitCode: 5 });
    await expect(confirmStep(nobody, 'Go on?', true)).resolves.toBeUndefined();
  });
  test('nor is anybody walked through', () => {
    expect(() => requirePerson(nobody, false)).toThrow(expect.objectContaining({ code: 'no-terminal', exitCode: 5 }));
  });
  test('every text that says so has that code', () => {
    for (const file of ['base-command', 'terminal', 'walkthrough']) {
      const text = readFileSync(join(ROOT, `src/cli/${file}.ts`), 'utf8');
      const codes = [...text.matchAll(/new OperatorError\(\s*'([a-z-]+)',\s*'[^']*terminal/g)].map((match) => match[1]);
      expect(codes).toEqual(['no-terminal']);
    }
  });
});
