import { Flags } from '@oclif/core';
import { askAs } from '../admin/client/credentials.js';
import { OperatorError } from '../core/model/errors.js';
import { readSmallFile } from '../links/small-file.js';
import { fileError } from './file-errors.js';
import type { Terminal } from './terminal.js';

/** As whom a node is asked: of every command that talks to one. */
export const accessFlags = {
  user: Flags.string({
    env: 'MNEME_USER',
    helpValue: 'NAME',
    summary: 'user to ask as; default: none, or default where there is a password',
    helpGroup: 'GLOBAL',
  }),
  'password-file': Flags.string({
    env: 'MNEME_PASSWORD_FILE',
    helpValue: 'PATH',
    summary: "file with the user's password; default: it is asked for",
    helpGroup: 'GLOBAL',
  }),
};

export interface AccessFlags {
  readonly user?: string | undefined;
  readonly 'password-file'?: string | undefined;
}

export function namesUser({ user, 'password-file': file }: AccessFlags): boolean {
  return user !== undefined || file !== undefined;
}

/** The same for another process. */
export function environmentOf({ user, 'password-file': file }: AccessFlags): NodeJS.ProcessEnv {
  return {
    ...(user === undefined ? {} : { MNEME_USER: user }),
    ...(file === undefined ? {} : { MNEME_PASSWORD_FILE: file }),
  };
}

/** From here on this process asks nodes as the user that the flags name. */
export async function useAccess(flags: AccessFlags, person: Terminal): Promise<void> {
  const { user, 'password-file': file } = flags;
  if (!namesUser(flags)) return;
  const name = user ?? 'default';
  const password = file === undefined ? await askedFor(name, person) : readPasswordFile(file);
  askAs(() => ({ name, password }));
}

/** The first line of a file; "-" is standard input. @throws OperatorError */
export function readPasswordFile(path: string): string {
  let text: string;
  try {
    text = readSmallFile(path === '-' ? 0 : path, BYTES_MAX);
  } catch (error) {
    throw fileError('read', path === '-' ? 'standard input' : path, error);
  }
  const [password = '', ...rest] = text.split(/\r?\n/);
  if (password !== '' && rest.every((line) => line === '') && password.length <= LENGTH_MAX) return password;
  const what =
    password === '' ? 'is empty' : rest.some((line) => line !== '') ? 'has more than one line' : 'is too long';
  throw new OperatorError('usage', `the password in ${path} ${what}`, 'Write the password, and nothing else, into it.');
}

// ---

const LENGTH_MAX = 1024;
const BYTES_MAX = 4 * LENGTH_MAX;

async function askedFor(name: string, person: Terminal): Promise<string> {
  if (person.interactive) return person.password(`Password of ${name}:`);
  throw new OperatorError(
    'no-terminal',
    `the password of ${name} is asked for, and nobody is asked without a terminal or with --json`,
    'Name a file that has it: --password-file PATH, or MNEME_PASSWORD_FILE.',
  );
}
