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

// ---------------------------------------------------------------------------------------------------------------------

const nowhere = closedPort();

function closedPort(): MessageChannel['port1'] {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}
