import { OperatorError } from '../../core/model/errors.js';

/** As whom this process asks nodes. */
export interface Credentials {
  readonly name: string;
  readonly password: string;
}

let credentials: (address: string) => Credentials | null = () => null;

/** Of this process, which runs one command: what its flags say. `address`: of the node that is asked, as "host:port". */
export function askAs(who: (address: string) => Credentials | null): void {
  credentials = who;
}

export function credentialsFor(address: string): Credentials | null {
  return credentials(address);
}

/** What an operator should read where a node does not let them in, or not do this; null: it is another error. */
export function accessError(
  address: string,
  message: string,
  cause: Error,
  who: (address: string) => Credentials | null = credentialsFor,
): OperatorError | null {
  if (message.startsWith('NOAUTH')) {
    return new OperatorError('not-authenticated', `${address} asks who you are`, HOW, { cause });
  }
  if (message.startsWith('WRONGPASS')) {
    const name = who(address)?.name ?? 'default';
    return new OperatorError('not-authenticated', `${address} knows no user ${name} with this password`, HOW, {
      cause,
    });
  }
  if (!message.startsWith('NOPERM')) return null;
  const text = `${address} answered: ${message.slice('NOPERM '.length)}`;
  return new OperatorError('not-permitted', text, 'Ask as a user who may: --user NAME, or MNEME_USER.', { cause });
}

const HOW =
  "Show the cluster's secret by --secret-file FILE, or say it by --user NAME, and --password-file FILE where nobody can be asked; or by MNEME_SECRET_FILE, MNEME_USER and MNEME_PASSWORD_FILE.";
