import { objectSubcommand } from './subcommand.js';

export const objectRefcountCommand = objectSubcommand('refcount', () => 1);
