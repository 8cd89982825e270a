import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { formatAddress, parseAddress } from '../protocol/address.js';
import { isError } from '../protocol/error-text.js';
import { accessError, credentialsFor } from './credentials.js';
import { dialNode, trustInUse } from './dial.js';
import { notReachable } from './not-reachable.js';
import { answerTimeoutMs } from './patience.js';

/**
 * A connection for data commands, whose errors are not mapped yet. It never reconnects by itself, like an AdminClient.
 * @throws OperatorError `not-reachable`, naming the address.
 */
export async function connectRedis(address: string): Promise<{ redis: Redis; name: string }> {
  const { host, port } = parseAddress(address);
  const name = formatAddress({ host, port });
  const credentials = credentialsFor(name);
  const {
    default: { AbstractConnector, Redis },
  } = await import('ioredis');
  /** A connection as all commands have it: by TLS, and with the secret, where that is set. */
  class NodeConnector extends AbstractConnector {
    constructor() {
      super(0);
    }

    async connect(): Promise<Socket> {
      const socket = await dialNode(host, port, answerTimeoutMs());
      this.stream = socket;
      return socket;
    }
  }
  const redis = new Redis({
    host,
    port,
    protocol: 2,
    lazyConnect: true,
    connectTimeout: answerTimeoutMs(),
    // A connection that the node has closed already would else keep the process alive for two seconds.
    disconnectTimeout: 100,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    disableClientInfo: true,
    ...(trustInUse() === null ? {} : { Connector: NodeConnector }),
  });
  let cause: Error | undefined;
  redis.on('error', (error: Error) => {
    cause ??= error;
  });
  try {
    await redis.connect();
    if (credentials !== null) await redis.auth(credentials.name, credentials.password);
  } catch (error) {
    redis.disconnect();
    const refused = isError(error) ? accessError(name, error.message, error) : null;
    throw refused ?? notReachable(name, cause ?? error);
  }
  return { redis, name };
}
