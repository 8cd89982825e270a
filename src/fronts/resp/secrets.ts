import type { Bytes } from '../../core/model/bytes.js';
import { isWord } from './commands/arguments.js';

/** The arguments of a command as others may see them: who logs in is nobody's business, and passwords are not. */
export function withoutPasswords(command: string, args: readonly Bytes[]): readonly Bytes[] {
  if (command === 'auth') return args.map((arg, i) => (i === 0 ? arg : REDACTED));
  // The hash of a password.
  if (command === 'mneme' && isWord(args[1], 'user')) return args.map((arg, i) => (i < 2 ? arg : REDACTED));
  if (command !== 'hello') return args;
  const at = args.findIndex((arg) => isWord(arg, 'auth'));
  return at < 0 ? args : args.map((arg, i) => (i > at ? REDACTED : arg));
}

const REDACTED = Buffer.from('(redacted)');
