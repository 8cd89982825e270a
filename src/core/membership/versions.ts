import type { Context, Self } from '../context.js';
import { harmless } from '../model/names.js';
import { type Hello, PROTOCOL, PROTOCOL_OLDEST } from '../replication/messages.js';

/** The kind of problem: a member runs a version that does not speak with this node's. */
const VERSION = 'version';

/** Why two nodes do not understand each other, and which of them is to be brought to another version; null: they do. */
export function versionFault(self: Pick<Self, 'name' | 'version'>, hello: Hello): string | null {
  const oldest = hello.protocolOldest ?? hello.protocol;
  if (oldest <= PROTOCOL && hello.protocol >= PROTOCOL_OLDEST) return null;
  const here = `${self.name} runs ${product(self.version)}, which speaks link protocol ${range(PROTOCOL_OLDEST, PROTOCOL)}`;
  const there = `${hello.name} runs ${product(hello.version)}, which speaks ${range(oldest, hello.protocol)}`;
  const [older, newer] = oldest > PROTOCOL ? [self, hello] : [hello, self];
  return `${here}; ${there}: bring ${older.name} to a version nearer to that of ${newer.name} first`;
}

/** Seen at either end, of a member alone: a stranger must not bring about what status shows. */
export function noteVersionFault({ problems, records }: Context, replica: string, fault: string): void {
  if (records.isActive(replica)) problems.note(VERSION, replica, fault, { code: 'see-versions' });
}

/** It is linked again, or a member no more. */
export function clearVersionFault({ problems }: Context, replica: string): void {
  problems.clear(VERSION, replica);
}

// ---

function product(version: string | undefined): string {
  return version === undefined ? 'another mneme' : `mneme ${harmless(version).slice(0, 40)}`;
}

function range(oldest: number, newest: number): string {
  return oldest === newest ? String(newest) : `${oldest} to ${newest}`;
}
