import type { AddressInfo, Server } from 'node:net';
import { OperatorError } from '../../core/model/errors.js';
import { systemReason } from '../../core/model/system-errors.js';
import { advice } from '../../hints/advice.js';
import type { BoundAddress } from './listener-options.js';

/** Has a server listen. Throws OperatorError 'port-in-use' or 'bad-setting'; later errors go to `onError`. */
export function openPort(
  server: Server,
  address: BoundAddress,
  onError: (error: unknown) => void,
): Promise<BoundAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, address)));
    server.listen(address.port, address.host, () => {
      server.removeAllListeners('error');
      server.on('error', onError);
      const bound = server.address() as AddressInfo;
      resolve({ host: bound.address, port: bound.port });
    });
  });
}

// ---

function explain(error: NodeJS.ErrnoException, { host, port }: BoundAddress): OperatorError {
  const address = `${host}:${port}`;
  if (error.code === 'EADDRINUSE') {
    return new OperatorError(
      'port-in-use',
      `Another process listens on ${address}`,
      advice(`ss -ltnp sport = :${port}`, 'Or take another with --listen HOST:PORT.'),
      { cause: error },
    );
  }
  const message = `Cannot listen on ${address}: ${systemReason(error)}`;
  const hint = 'Name an address of this machine with --listen HOST:PORT; what others reach it at goes to --advertise.';
  return new OperatorError('bad-setting', message, hint, { cause: error });
}
