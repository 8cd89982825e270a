import { objectSubcommand } from './subcommand.js';

/** No account is kept of when a key was used: it counts as used just now, so that nobody deletes a busy one for being idle. */
export const objectIdletimeCommand = objectSubcommand('idletime', () => 0);
