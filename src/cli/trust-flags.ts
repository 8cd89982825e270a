import { Flags } from '@oclif/core';
import { setTrust } from '../admin/client/dial.js';

function pathFlag(env: string, summary: string) {
  return Flags.string({ env, helpValue: 'PATH', summary, helpGroup: 'GLOBAL' });
}

/** What a command shows to the nodes that it asks, and wants of them. */
export const trustFlags = {
  'secret-file': pathFlag('MNEME_SECRET_FILE', "file with the cluster's secret"),
  'secret-optional': Flags.boolean({
    summary: 'while a cluster gets its secret: ask nodes without it too',
    dependsOn: ['secret-file'],
    helpGroup: 'GLOBAL',
  }),
  'tls-ca': pathFlag('MNEME_TLS_CA', "ask by TLS: the authority that signs the cluster's certificates (PEM)"),
  'tls-cert': pathFlag('MNEME_TLS_CERT', 'certificate to show, where nodes require one (PEM)'),
  'tls-key': pathFlag('MNEME_TLS_KEY', 'its key (PEM)'),
  'tls-optional': Flags.boolean({
    summary: 'while a cluster gets TLS: ask nodes without it too',
    dependsOn: ['tls-ca'],
    helpGroup: 'GLOBAL',
  }),
};

export interface TrustFlags {
  readonly 'secret-file'?: string;
  readonly 'secret-optional'?: boolean;
  readonly 'tls-ca'?: string;
  readonly 'tls-cert'?: string;
  readonly 'tls-key'?: string;
  readonly 'tls-optional'?: boolean;
}

/** For all connections of this process. Throws OperatorError. The code for it is loaded where something is set. */
export async function useTrust(flags: TrustFlags): Promise<void> {
  const set = Object.entries(flags).some(([name, value]) => name in trustFlags && value !== undefined);
  if (!set) return setTrust(null);
  const { openTrust } = await import('../links/open-trust.js');
  const options = {
    secretFile: flags['secret-file'],
    secretOptional: flags['secret-optional'],
    tlsCa: flags['tls-ca'],
    tlsCert: flags['tls-cert'],
    tlsKey: flags['tls-key'],
    tlsOptional: flags['tls-optional'],
  };
  setTrust(openTrust(options, false));
}
