import { formatAddress, parseAddress } from '../admin/protocol/address.js';
import { OperatorError } from '../core/model/errors.js';
import { advice } from '../hints/advice.js';
import type { StartOptions } from '../node/start-options.js';

/**
 * Whoever reaches the port of a node without a secret can read, write and administer all of it, so that a start beyond this machine
 * has to say that this is meant.
 * @throws OperatorError `refused`
 */
export function checkNetwork(listen: string, { secretFile = 'none', trustNetwork }: StartOptions): void {
  if (secretFile !== 'none' || trustNetwork === true || isLoopback(listen)) return;
  throw new OperatorError(
    'refused',
    `--listen ${listen} is open to other machines, and whoever reaches it could read, write and administer the whole cluster`,
    advice(
      'mneme cluster secret --out mneme.secret',
      'Then start each node with --secret-file mneme.secret. Where nobody else is in that network: --trust-network.',
    ),
  );
}

/**
 * Who collects figures is asked nothing: they tell no keys and no values, so a secret is enough for the port to be open. The dashboard there
 * asks for a user then; without a secret and users it lets anybody do everything, as the node's own port does.
 * @throws OperatorError `refused`
 */
export function checkMonitoring(http: string, { secretFile = 'none', trustNetwork }: StartOptions): void {
  if (http === 'none' || secretFile !== 'none' || trustNetwork === true || isLoopback(http)) return;
  const port = parseAddress(http).port;
  throw new OperatorError(
    'refused',
    `--http ${http} is open to other machines, and whoever reaches it could read and administer the whole cluster at its dashboard`,
    advice(
      'mneme cluster secret --out mneme.secret',
      `Then start the node with --secret-file mneme.secret: figures hold no keys or values, and are open then. Or let a collector on this machine ask --http 127.0.0.1:${port}. Where nobody else is in that network: --trust-network.`,
    ),
  );
}

/** The port for local clients without TLS; `none`: there is none. Throws OperatorError `usage`. */
export function plainOf({ listenPlain = 'none', tlsCa = 'none' }: StartOptions): string {
  if (listenPlain === 'none') return 'none';
  if (tlsCa === 'none')
    throw new OperatorError(
      'usage',
      `--listen-plain ${listenPlain} is for a node with TLS: this one takes plain clients at --listen`,
      'leave it out, or add --tls-cert, --tls-key and --tls-ca',
    );
  if (!isLoopback(listenPlain) || !/:\d+$/.test(listenPlain))
    throw new OperatorError(
      'usage',
      `--listen-plain ${listenPlain} is no address and port of this machine alone`,
      'write it as --listen-plain 127.0.0.1:PORT',
    );
  return formatAddress(parseAddress(listenPlain));
}

function isLoopback(address: string): boolean {
  const { host } = parseAddress(address);
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
