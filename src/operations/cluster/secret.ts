import { ClusterSecret } from '../../links/secret.js';
import { writeSecretFile } from '../../links/secret-file.js';

export interface MadeSecret {
  /** null: it is in the file. */
  readonly secret: string | null;
  readonly file: string | null;
}

/**
 * Make a new secret, and write it into a file, for its owner alone.
 * @throws OperatorError `refused` for a file that there is already: it may hold the secret of a cluster
 */
export function newSecret(file: string | null): MadeSecret {
  const secret = ClusterSecret.random();
  if (file === null) return { secret, file };
  writeSecretFile(file, secret);
  return { secret: null, file };
}
