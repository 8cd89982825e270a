import { ANYBODY, type Identity } from './access/identity.js';

/** Answers `MNEME <VERB> [JSON [NAME]]`: takes the verb in upper case and JSON text ("{}" if none), gives JSON text. */
export type AdminHandler = (verb: string, json: string, asker: Asker) => Promise<string>;

/** Who asks. */
export interface Asker {
  /** As they say; empty: they do not. */
  readonly name: string;
  /** Of their end of the connection. */
  readonly address: string;
  /** As whom they were let in. */
  readonly identity: Identity;
}

/** As whom somebody was let in; null: nobody has to say who it is. */
export function userOf({ identity }: Asker): string | null {
  return identity === ANYBODY ? null : identity.name;
}

/** Who asks, in words. */
export function askerText(asker: Asker): string {
  const user = userOf(asker);
  const as = user === null ? '' : ` (user ${user})`;
  return `asked by ${asker.name === '' ? 'somebody' : asker.name}${as} from ${asker.address}`;
}

/** A longer JSON text is refused: the longest that somebody needs holds some ten thousand decisions of a merge policy. */
export const ADMIN_REQUEST_BYTES_MAX = 4 * 1024 * 1024;

/** Thrown by an AdminHandler: the client gets `MNEMEERR <json>`. Anything else that it throws is an internal error. */
export class AdminReplyError extends Error {
  override name = 'AdminReplyError';

  /** @param json what went wrong, as JSON text, for the CLI to read. */
  constructor(
    readonly json: string,
    options?: ErrorOptions,
  ) {
    super(json, options);
  }
}
