import { mapReply, type Reply } from '../../codec/reply.js';
import type { CommandDefinition } from '../definition.js';
import { describe, pairsOf, replyOf } from './command-data.js';

/** The row of COMMAND INFO: the ten fields of Redis 7. */
export async function commandInfo(command: CommandDefinition): Promise<Reply> {
  const { info } = await describe(command);
  const subcommands = await Promise.all((command.subcommands ?? []).map(commandInfo));
  return [...info.map(replyOf), { kind: 'set', items: subcommands }];
}

/** The name of a command and the value of COMMAND DOCS. */
export async function commandDocs(command: CommandDefinition): Promise<[Reply, Reply]> {
  const { docs } = await describe(command);
  const pairs = pairsOf(docs);
  if (command.subcommands !== undefined) {
    pairs.push(['subcommands', mapReply(await Promise.all(command.subcommands.map(commandDocs)))]);
  }
  return [command.name, mapReply(pairs)];
}
