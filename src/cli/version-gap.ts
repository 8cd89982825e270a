import { withClient } from '../admin/client/client.js';
import { EXIT } from '../core/model/errors.js';
import type { Failure } from './failure.js';

/** What a node of another version says to a verb that it does not know. */
const UNKNOWN_VERB = /^There is no admin verb/;
const ASK_MS = 1000;

/**
 * Where a node of another version was asked, what it answered may not be what this program reads: that is no bug. Asks the node for
 * its version, and says so; else the failure stands as it is.
 */
export async function explainedByVersion(failure: Failure, address: string, own: string): Promise<Failure> {
  if (failure.code !== 'bug' && !UNKNOWN_VERB.test(failure.message)) return failure;
  const version = await versionAt(address);
  if (version === null || version === own) return failure;
  return {
    code: 'refused',
    message: `the node at ${address} runs mneme ${version}, this program is ${own}: they do not understand each other here (${failure.message})`,
    next: null,
    note: `Use mneme ${version} for this node, or bring the node to ${own}.`,
    exitCode: EXIT.refused,
  };
}

// ---

/** null: it does not say. */
async function versionAt(address: string): Promise<string | null> {
  try {
    const limits = { connectTimeoutMs: ASK_MS, replyTimeoutMs: ASK_MS };
    const reply = await withClient(address, (client) => client.call('STATUS', {}), limits);
    const version: unknown = (reply as { self?: { version?: unknown } }).self?.version;
    return typeof version === 'string' ? version : null;
  } catch {
    return null;
  }
}
