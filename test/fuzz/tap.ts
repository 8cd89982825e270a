import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** So much of each stream is enough: what comes later is more of the same. */
const KEPT_BYTES = 256 * 1024;

/** A way to a node that writes down what goes through it towards the node, a stream for each connection. */
export class Tap {
  readonly streams: Buffer[][] = [];
  address = '';
  private readonly server = createServer();

  static async before(address: string): Promise<Tap> {
    const tap = new Tap();
    const [host, port] = address.split(':');
    tap.server.on('connection', (from) => {
      const stream: Buffer[] = [];
      tap.streams.push(stream);
      let bytes = 0;
      const to = connect({ host: host!, port: Number(port) });
      from.on('data', (chunk) => {
        bytes += chunk.length;
        if (bytes < KEPT_BYTES) stream.push(chunk);
      });
      from.pipe(to).pipe(from);
      for (const end of [from, to]) end.on('error', () => {});
      from.on('close', () => to.destroy());
      to.on('close', () => from.destroy());
    });
    tap.server.listen(0, '127.0.0.1');
    await once(tap.server, 'listening');
    tap.address = `127.0.0.1:${(tap.server.address() as AddressInfo).port}`;
    return tap;
  }

  /** What each connection sent, whole. */
  get all(): Buffer[] {
    return this.streams.map((chunks) => Buffer.concat(chunks));
  }

  close(): void {
    this.server.close();
  }

  /** What links sent, whole. */
  get links(): Buffer[] {
    return this.all.filter((bytes) => bytes.subarray(0, 8).toString('latin1') === 'MNEMELNK');
  }
}
