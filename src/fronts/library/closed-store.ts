import { MnemeError, WriteRefusedError } from './errors.js';
import type { LocalStore } from './local-store.js';

/** What is there once a node has ended: nothing, and who asks is told why. @param cause why it ended by itself; null: it was closed */
export function closedStore(cause: Error | null): LocalStore {
  const why = cause === null ? 'the node was closed' : `the node has ended: ${cause.message}`;
  const refuse = (): never => {
    throw new MnemeError('closed', why, { cause });
  };
  return {
    buckets: 1,
    nowMs: Date.now,
    read: refuse,
    expiryOf: refuse,
    refusal: () => `CLOSED ${why}`,
    write: refuse,
    delete: refuse,
    touch: refuse,
    commit: () => {
      throw new WriteRefusedError('closed', why, { cause });
    },
    entriesOf: refuse,
    seen: refuse,
    changesSince: refuse,
    follow: refuse,
  };
}
