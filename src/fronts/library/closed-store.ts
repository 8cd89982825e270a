import { MnemeError, WriteRefusedError } from './errors.js';
import type { LocalStore } from './local-store.js';

/** @param cause why the node ended by itself; null: it was closed */
export function closedError(cause: Error | null): MnemeError {
  return new MnemeError('closed', whyClosed(cause), { cause });
}

/** What is there once a node has ended: nothing, and who asks is told why. @param cause why it ended by itself; null: it was closed */
export function closedStore(cause: Error | null): LocalStore {
  const why = whyClosed(cause);
  const refuse = (): never => {
    throw closedError(cause);
  };
  return {
    get buckets() {
      return refuse();
    },
    nowMs: Date.now,
    read: refuse,
    otherType: refuse,
    expiryOf: refuse,
    refusal: () => `CLOSED ${why}`,
    write: refuse,
    delete: refuse,
    touch: refuse,
    commit: () => {
      throw new WriteRefusedError('closed', why, { cause });
    },
    entriesOf: refuse,
    keysOf: refuse,
    seen: refuse,
    changesSince: refuse,
    follow: refuse,
  };
}

// ---

function whyClosed(cause: Error | null): string {
  return cause === null ? 'the node was closed' : `the node has ended: ${cause.message}`;
}
