import { hostname, userInfo } from 'node:os';

/** Who runs this program, for the log of the node that it asks. */
export function ownName(): string {
  return `${userName()}@${hostname()}`;
}

// ---

/** A user without an entry has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}
