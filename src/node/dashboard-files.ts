/** Where the build puts what a browser gets. From src/node and from dist/chunks, where this file is in the bundle, it is as far. */
export const DASHBOARD_FILES = new URL('../../dist/dashboard/', import.meta.url);
