import { Flags } from '@oclif/core';
import { OperatorError } from '../core/model/errors.js';
import { readPasswordFile } from './access-flags.js';
import type { Terminal } from './terminal.js';

export const newPasswordFlag = Flags.string({
  helpValue: 'PATH',
  summary: 'file with the new password, - for standard input; default: it is asked for, twice',
});

/** Never an argument: other users of a machine can read those. @throws OperatorError */
export async function newPassword(file: string | undefined, name: string, person: Terminal): Promise<string> {
  if (file !== undefined) return readPasswordFile(file);
  if (!person.interactive) {
    throw new OperatorError(
      'no-terminal',
      `the new password of ${name} is asked for, and nobody is asked without a terminal or with --json; nothing was changed`,
      'Name a file that has it: --new-password-file PATH, or - for standard input.',
    );
  }
  const password = await person.password(`New password of ${name}:`);
  if ((await person.password('The same again:')) === password) return password;
  throw new OperatorError('usage', 'the two passwords differ; nothing was changed');
}
