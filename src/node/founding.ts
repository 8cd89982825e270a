import { createServer, type Server, type Socket } from 'node:net';
import { OperatorError } from '../core/model/errors.js';
import type { Hello } from '../core/replication/messages.js';
import { greet } from '../fronts/resp/greeter.js';
import { advice } from '../hints/advice.js';
import { Guard } from '../links/guard.js';
import { type Link, LinkTransport } from '../links/tcp.js';
import type { Trust } from '../links/trust.js';

/** A member that another one misses is dialled every half second, and a dial may be under way for a second (see Dialer). */
const WAIT_MS = 1600;
const LOADING = '-LOADING this node is looking whether a cluster knows it already\r\n';

/**
 * A node without data founds a cluster, unless one knows it already: then its directory was lost, and members still dial its
 * address. So the port is open for a moment first, to see who knocks. Nothing was written then.
 * Throws OperatorError 'known-elsewhere', and leaves it to the listener to find the port taken.
 */
export async function refuseIfKnown(host: string, port: number, name: string, trust: Trust): Promise<void> {
  const hello = await whoKnocks(host, port, new Guard(trust));
  if (hello === null) return;
  throw knownElsewhere(
    name,
    `${hello.name} at ${hello.address} dials ${host}:${port}`,
    hello.clusterId!,
    hello.address,
  );
}

/** Refused by what a member of another cluster does, or says. */
function knownElsewhere(name: string, found: string, clusterId: string, member: string): OperatorError {
  return new OperatorError(
    'known-elsewhere',
    `${name} has no data here, but the cluster ${clusterId} knows it: ${found}. To start now would found a second cluster, which takes writes of its own.`,
    advice(
      `mneme cluster forget ${name} --node ${member}`,
      `Then mneme cluster join ${member} --name ${name}. To found one all the same: mneme cluster start --new`,
    ),
  );
}

// ---------------------------------------------------------------------------------------------------------------------

/** The hello of the first member of a cluster that dials here; null: nobody did, or the port cannot be opened. */
function whoKnocks(host: string, port: number, guard: Guard): Promise<Hello | null> {
  return new Promise((resolve) => {
    const sockets = new Set<Socket>();
    const transport = new LinkTransport({
      onUp: () => {},
      onMessage: (_link: Link, message) => {
        if (message.type === 'hello' && message.clusterId !== null) end(message);
      },
      onDown: () => {},
      onDialFailed: () => {},
    });
    const meet = (socket: Socket): void => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
      greet(socket, guard, {
        onLink: (link, rest, seal) => void transport.accept(link, rest, seal),
        onClient: () => socket.end(LOADING),
        onSecured: (secured) => {
          if (secured !== null) meet(secured);
        },
      });
    };
    const server: Server = createServer(meet);
    const end = (hello: Hello | null): void => {
      clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return resolve(hello);
      server.close(() => resolve(hello));
    };
    const timer = setTimeout(() => end(null), WAIT_MS);
    server.once('error', () => end(null));
    server.listen(port, host);
  });
}
