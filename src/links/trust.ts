import type { Shown } from './exchange.js';
import type { ClusterSecret } from './secret.js';
import type { TlsFiles } from './tls-files.js';

/** What this process shows to others, and wants to be shown. */
export interface Trust {
  /** null: none. */
  readonly secret: ClusterSecret | null;
  /** Where it came from; null: there is none. */
  readonly secretFile: string | null;
  /** While a cluster gets a secret: those without it are let in, and talked to. */
  readonly secretOptional: boolean;
  /** null: no TLS. */
  readonly tls: TlsFiles | null;
  /** While a cluster gets TLS: those without it are let in, and talked to. */
  readonly tlsOptional: boolean;
  /** Clients have to show a certificate. */
  readonly tlsClientsRequired: boolean;
}

export const NO_TRUST: Trust = {
  secret: null,
  secretFile: null,
  secretOptional: false,
  tls: null,
  tlsOptional: false,
  tlsClientsRequired: false,
};

/** What one connection between nodes, or of a CLI, has shown. */
export interface Seal {
  readonly secret: Shown;
  readonly tls: boolean;
}

export const NO_SEAL: Seal = { secret: 'nothing', tls: false };
