import type { Bytes } from '../../../core/model/bytes.js';
import { parseInteger } from '../codec/integer.js';
import { RespError } from '../keyspace.js';

const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';
const SYNTAX_ERROR = 'ERR syntax error';

/** A copy that may outlive the turn: it pins no socket buffer. */
export function copyOf(bytes: Bytes): Bytes {
  return new Uint8Array(bytes);
}

export function textOf(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

/** ASCII text as bytes of their own. */
export function bytesOf(text: string): Bytes {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Whether an argument is this word in any case; the word is given in lower case. */
export function isWord(argument: Bytes | undefined, word: string): boolean {
  if (argument === undefined || argument.length !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (lowerCase(argument[i]!) !== word.charCodeAt(i)) return false;
  return true;
}

export function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/** A signed 64-bit integer argument; throws the given error text if it is none. */
export function integerOf(argument: Bytes, errorText: string = NOT_AN_INTEGER): number | bigint {
  const value = parseInteger(argument);
  if (value === undefined) throw new RespError(errorText);
  return value;
}

export function syntaxError(): RespError {
  return new RespError(SYNTAX_ERROR);
}

export function wrongArguments(commandName: string): RespError {
  return new RespError(`ERR wrong number of arguments for '${commandName}' command`);
}

/** For a subcommand whose arguments have to be counted by itself. */
export function wrongSubcommandArguments(args: readonly Bytes[]): RespError {
  const [container, name] = [textOf(args[0]!).toUpperCase(), textOf(args[1]!)];
  return new RespError(`ERR unknown subcommand or wrong number of arguments for '${name}'. Try ${container} HELP.`);
}
