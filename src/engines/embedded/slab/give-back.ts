import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MessageChannel } from 'node:worker_threads';

/**
 * Give memory back to the allocator now rather than at some garbage collection: after large deletes nothing may be allocated
 * for a long time that would cause one. All views of the memory are empty from here on.
 *
 * A buffer that is transferred belongs to its message, and a message to a closed port is deleted on the spot.
 */
export function giveBack(memory: ArrayBufferLike): void {
  nowhere.postMessage(null, [memory as ArrayBuffer]);
}

/** The same for the memory of compiled code, which is no message: nothing but a garbage collection gives it back. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

// ---------------------------------------------------------------------------------------------------------------------

const nowhere = closedPort();

function closedPort(): MessageChannel['port1'] {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}
