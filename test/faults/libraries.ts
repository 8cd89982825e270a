import { join } from 'node:path';
import { FAKETIME } from '../e2e/faketime.js';
import { tryTo } from '../e2e/hosts.js';
import type { Libraries } from './machine.js';
import type { Network } from './network.js';
import type { Kind } from './schedule.js';

/** What nodes are started with, made in a directory. */
export function librariesIn(directory: string): Libraries {
  const failingSync = join(directory, 'failing-sync.so');
  const source = join(import.meta.dirname, 'failing-sync.c');
  const isMade = tryTo('cc', '-shared', '-fPIC', '-O1', '-o', failingSync, source, '-ldl');
  return { faketime: FAKETIME, failingSync: isMade ? failingSync : null };
}

/** What cannot be made to happen on this machine, and why. */
export function leftOut({ faketime, failingSync }: Libraries, network: Network): Map<Kind, string> {
  const missing = new Map<Kind, string>();
  if (faketime === null) for (const kind of ['clock step', 'clock jump'] as const) missing.set(kind, 'no libfaketime');
  if (failingSync === null) missing.set('failing fsync', 'no C compiler');
  if (!network.knows('netem', 'delay', '1ms')) missing.set('delay', 'the kernel has no netem');
  if (!network.knows('tbf', 'rate', '1mbit', 'burst', '3000', 'latency', '1s'))
    missing.set('slow line', 'the kernel has no tbf');
  return missing;
}
