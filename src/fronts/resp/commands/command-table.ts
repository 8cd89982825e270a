import type { Bytes } from '../../../core/model/bytes.js';
import { lowerCase } from './arguments.js';
import type { CommandDefinition } from './definition.js';

/** Finds commands by name, in any case, without making a string of the name. */
export class CommandTable {
  private readonly rows = new Map<number, Row[]>();

  constructor(readonly all: readonly CommandDefinition[]) {
    for (const command of all) {
      const name = Buffer.from(command.name.slice(command.name.indexOf('|') + 1));
      const subcommands = command.subcommands === undefined ? null : new CommandTable(command.subcommands);
      const hash = hashName(name);
      this.rows.set(hash, [...(this.rows.get(hash) ?? []), { name, command, subcommands }]);
    }
  }

  find(name: Bytes): CommandDefinition | undefined {
    return this.findRow(name)?.command;
  }

  /** The command, or where it has subcommands and one is named, that subcommand; undefined: there is none of that name. */
  resolve(args: readonly Bytes[]): CommandDefinition | undefined {
    return this.named(args[0]!, args[1]);
  }

  /** The same by the first two arguments of a request. */
  named(name: Bytes, next: Bytes | undefined): CommandDefinition | undefined {
    const row = this.findRow(name);
    if (row === undefined || row.subcommands === null || next === undefined) return row?.command;
    return row.subcommands.find(next);
  }

  private findRow(name: Bytes): Row | undefined {
    const rows = this.rows.get(hashName(name));
    if (rows === undefined) return undefined;
    for (const row of rows) if (isSameName(row.name, name)) return row;
    return undefined;
  }
}

// ---

interface Row {
  readonly name: Bytes;
  readonly command: CommandDefinition;
  readonly subcommands: CommandTable | null;
}

const NAME_BYTES_MAX = 32;

/** FNV-1a over the lower case; no command has a long name. */
function hashName(name: Bytes): number {
  if (name.length > NAME_BYTES_MAX) return -1;
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ lowerCase(name[i]!), 0x01000193);
  return hash >>> 0;
}

function isSameName(lower: Bytes, name: Bytes): boolean {
  if (lower.length !== name.length) return false;
  for (let i = 0; i < lower.length; i++) if (lower[i] !== lowerCase(name[i]!)) return false;
  return true;
}
