import { connect, type Socket } from 'node:net';

const PATIENCE_MS = 300;

/** Sends some bytes over a connection of its own, and returns what was answered until it ended, or fell silent. */
export function talk(address: string, pieces: readonly Buffer[]): Promise<Buffer> {
  const [host, port] = address.split(':');
  return conversation(connect({ host: host!, port: Number(port) }), pieces);
}

/** The same over a connection that is there. */
export function conversation(socket: Socket, pieces: readonly Buffer[], patienceMs = PATIENCE_MS): Promise<Buffer> {
  return new Promise((resolve) => {
    if (socket.destroyed) return resolve(Buffer.alloc(0));
    const chunks: Buffer[] = [];
    const end = () => {
      clearTimeout(silence);
      socket.destroy();
      resolve(Buffer.concat(chunks));
    };
    const silence = setTimeout(end, patienceMs);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      silence.refresh();
    });
    socket.on('error', () => {});
    socket.on('close', end);
    for (const piece of pieces) socket.write(piece);
  });
}

export function request(...args: readonly (string | Buffer)[]): Buffer {
  const parts = args.flatMap((arg) => [Buffer.from(`$${Buffer.byteLength(arg)}\r\n`), Buffer.from(arg), CRLF]);
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts]);
}

const CRLF = Buffer.from('\r\n');
