import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { LINK_PREAMBLE, MAX_FRAME_BYTES } from '../../src/links/frame.js';
import type { Connect } from '../../src/links/open-socket.js';
import { type LinkSettings, LinkTransport } from '../../src/links/tcp.js';
import { Recorder, until } from './recorder.js';

const cleanups: (() => void)[] = [];
/** Ends what the test has opened. */
export function cleanUp(): void {
  for (const cleanup of cleanups.splice(0)) cleanup();
}

export function afterTest(cleanup: () => void): void {
  cleanups.push(cleanup);
}

/** Listens on a free port; all its sockets are destroyed after the test. */
export async function listen(onSocket: (socket: Socket) => void): Promise<{ server: Server; address: string }> {
  const server = createServer((socket) => {
    cleanups.push(() => socket.destroy());
    socket.on('error', () => {});
    onSocket(socket);
  });
  cleanups.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export interface End {
  readonly transport: LinkTransport;
  readonly seen: Recorder;
}

export function newEnd(settings: Partial<LinkSettings> = {}, connectTo?: Connect): End {
  const seen = new Recorder();
  // No test begins with a hello, unless it is about that.
  const transport = new LinkTransport(seen, { firstFrameBytes: MAX_FRAME_BYTES, ...settings }, connectTo);
  cleanups.push(() => void transport.closeAll());
  return { transport, seen };
}

/** Hands a socket over once its preamble is there, as the listener of a node does. */
function acceptAfterPreamble(socket: Socket, transport: LinkTransport): void {
  let seen = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    if (seen.length < LINK_PREAMBLE.length) return;
    socket.off('data', onData);
    if (!seen.subarray(0, LINK_PREAMBLE.length).equals(LINK_PREAMBLE)) throw new Error(`no preamble: ${seen}`);
    transport.accept(socket, seen.subarray(LINK_PREAMBLE.length));
  };
  socket.on('data', onData);
}

/** Two transports with a link between them. */
export async function pair(
  settings: Partial<LinkSettings> = {},
): Promise<{ dialler: End; acceptor: End; address: string; accepted: Socket }> {
  const [dialler, acceptor] = [newEnd(settings), newEnd(settings)];
  const sockets: Socket[] = [];
  const { address } = await listen((socket) => {
    sockets.push(socket);
    acceptAfterPreamble(socket, acceptor.transport);
  });
  dialler.transport.dial(address, 5_000);
  await until(() => dialler.seen.links.length === 1 && acceptor.seen.links.length === 1);
  return { dialler, acceptor, address, accepted: sockets[0]! };
}

/** A transport with a link to a bare socket. */
export async function withBareSocket(settings: Partial<LinkSettings> = {}): Promise<{ end: End; socket: Socket }> {
  const end = newEnd(settings);
  const sockets: Socket[] = [];
  const { address } = await listen((socket) => sockets.push(socket));
  end.transport.dial(address, 5_000);
  await until(() => end.seen.links.length === 1 && sockets.length === 1);
  return { end, socket: sockets[0]! };
}
