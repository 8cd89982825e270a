import type { MadeSecret } from '../../operations/cluster/secret.js';

/** The secret alone, for a pipe; nothing where it went into a file. */
export function clusterSecretView({ secret }: MadeSecret): string {
  return secret ?? '';
}
