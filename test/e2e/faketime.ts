import { existsSync } from 'node:fs';

const LIBRARY = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`;

/** The library that gives a process a wall clock of its own; null: it is not installed. */
export const FAKETIME = existsSync(LIBRARY) ? LIBRARY : null;
