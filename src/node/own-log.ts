import { fstatSync, readlinkSync } from 'node:fs';

/** The file that the log of this process goes into; null: it goes to a terminal, a service manager or another program. */
export function ownLogFile(): string | null {
  try {
    return fstatSync(2).isFile() ? readlinkSync('/proc/self/fd/2') : null;
  } catch {
    // It is closed, or the system does not say.
    return null;
  }
}
