import { createRequire } from 'node:module';

/** The package's version. In the bundle this is in a chunk, which lies as deep in the package as this file. */
export const VERSION = (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
