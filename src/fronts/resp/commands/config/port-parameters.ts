import { bytesOfSize } from '../../../../core/model/sizes.js';
import { RespError } from '../../keyspace.js';
import type { Host } from '../../session.js';

/** Parameters that are the port's own affair; the others are the keyspace's. */
export function portParameters({ clientMemory }: Host): Record<string, string> {
  return { [CLIENT_MEMORY]: String(clientMemory.bytesMax) };
}

/** Takes the port's own out of `values`; what it returns sets them, after the others were found to be right. */
export function takePortParameters({ clientMemory }: Host, values: Map<string, string>): () => void {
  const text = values.get(CLIENT_MEMORY);
  if (text === undefined) return () => {};
  const bytes = bytesOfSize(text);
  if (bytes === undefined) {
    throw new RespError(
      `ERR CONFIG SET failed (possibly related to argument '${CLIENT_MEMORY}') - argument must be a memory value`,
    );
  }
  values.delete(CLIENT_MEMORY);
  return () => {
    clientMemory.bytesMax = bytes;
  };
}

// ---

const CLIENT_MEMORY = 'maxmemory-clients';
