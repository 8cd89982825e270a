import { hostname, userInfo } from 'node:os';

/** Who asks a node for something that the history tells later, and on which machine: `ada@desk`. */
export function asker(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // An id without a name, as in many containers.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
