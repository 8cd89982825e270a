import { OperatorError } from '../core/model/errors.js';
import { advice } from '../hints/advice.js';
import { readSecretFile } from './secret-file.js';
import { TlsFiles } from './tls-files.js';
import { NO_TRUST, type Trust } from './trust.js';

/** As an operator gives it. `none`, and what is left out: not set. */
export interface TrustOptions {
  readonly secretFile?: string | undefined;
  readonly secretOptional?: boolean | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsOptional?: boolean | undefined;
  readonly tlsClients?: 'optional' | 'require' | undefined;
}

/**
 * Reads the files. Throws OperatorError `usage` for what does not go together, `refused` for a file that cannot be used.
 * @param isNode a node shows a certificate to whoever connects; a CLI need not
 */
export function openTrust(options: TrustOptions, isNode: boolean): Trust {
  const secretFile = given(options.secretFile);
  const [cert, key, ca] = [given(options.tlsCert), given(options.tlsKey), given(options.tlsCa)];
  checkTogether(options, { secretFile, cert, key, ca }, isNode);
  return {
    ...NO_TRUST,
    secretFile,
    secret: secretFile === null ? null : readSecretFile(secretFile),
    secretOptional: options.secretOptional === true,
    tls: ca === null ? null : new TlsFiles({ ca, cert, key }),
    tlsOptional: options.tlsOptional === true,
    tlsClientsRequired: options.tlsClients === 'require',
  };
}

// ---

function given(path: string | undefined): string | null {
  return path === undefined || path === 'none' ? null : path;
}

interface Paths {
  readonly secretFile: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly ca: string | null;
}

function checkTogether(options: TrustOptions, { secretFile, cert, key, ca }: Paths, isNode: boolean): void {
  if (options.secretOptional === true && secretFile === null)
    throw usage('--secret-optional is for a node that has a secret', MAKE_SECRET);
  if ((cert === null) !== (key === null))
    throw usage(
      cert === null ? `--tls-key ${key} needs a certificate` : `--tls-cert ${cert} needs its key`,
      `add ${cert === null ? '--tls-cert' : '--tls-key'} PATH`,
    );
  if (cert !== null && ca === null)
    throw usage(`--tls-cert ${cert} needs the authority that signs this cluster's certificates`, 'add --tls-ca PATH');
  if (isNode && ca !== null && cert === null)
    throw usage(`--tls-ca ${ca} is not enough for a node: it shows a certificate`, 'add --tls-cert and --tls-key');
  if (options.tlsOptional === true && ca === null)
    throw usage('--tls-optional is for those who have TLS', 'add --tls-ca, and for a node --tls-cert and --tls-key');
  if (options.tlsClients === 'require' && ca === null)
    throw usage('--tls-clients require needs TLS', 'add --tls-cert, --tls-key and --tls-ca');
}

const MAKE_SECRET = advice('mneme cluster secret --out FILE', 'Then add --secret-file FILE.');

function usage(message: string, next: string): OperatorError {
  return new OperatorError('usage', message, next);
}
