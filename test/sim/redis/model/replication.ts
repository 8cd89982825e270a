import type { ServerClient } from './client.js';
import type { Item } from './item.js';
import { encode, type Reply, Simple, text } from './resp.js';

const KEPT_BYTES = 3000;
const MARK = 'e'.repeat(40);

/** What the stream goes through. */
export interface Streamed {
  offset: number;
  readonly replicationId: string;
  readonly seed: number;
}

/** The stream of a server's writes, from its first replica on, with its latest bytes kept. */
export class Replication {
  isActive = false;
  private readonly replicas = new Set<ServerClient>();
  private selected: number | null = null;
  private kept: Buffer = Buffer.alloc(0);

  constructor(private readonly server: Streamed) {}

  /** The process is another one, with another stream. */
  end(): void {
    this.isActive = false;
    this.replicas.clear();
    this.selected = null;
    this.kept = Buffer.alloc(0);
  }

  /** What PSYNC says and does. */
  join(client: ServerClient, replicationId: string, wanted: number): undefined {
    const { server } = this;
    const missed = server.offset + 1 - wanted;
    const isKept = this.isActive && replicationId === server.replicationId && missed >= 0 && missed <= this.kept.length;
    if (isKept) {
      client.say(new Simple(`CONTINUE ${server.replicationId}`));
      client.sayBytes(this.kept.subarray(this.kept.length - missed));
    } else {
      client.say(new Simple(`FULLRESYNC ${server.replicationId} ${server.offset}`));
      client.sayBytes(text(`\n$EOF:${MARK}\r\nREDIS0011 of no keys${MARK}`));
      this.isActive = true;
      this.selected = null;
    }
    this.replicas.add(client);
  }

  changed(database: number, key: string, after: Item | null): void {
    if (after === null) return this.write(database, ['DEL', key]);
    const [value = ''] = after.elements;
    const expiry = after.expiryMs === 0 ? [] : ['PXAT', String(after.expiryMs)];
    if (after.type === 'string') return this.write(database, ['SET', key, value, ...expiry]);
    const dump = after.dump(this.server.seed).toString('latin1');
    this.write(database, ['RESTORE', key, String(after.expiryMs), dump, 'REPLACE', 'ABSTTL']);
  }

  write(database: number, args: readonly string[]): void {
    if (!this.isActive) return;
    if (database !== this.selected) this.feed(['SELECT', String(database)]);
    this.selected = database;
    this.feed(args);
  }

  private feed(args: readonly string[]): void {
    const bytes = encode(
      args.map((arg): Reply => text(arg)),
      2,
    );
    this.server.offset += bytes.length;
    this.kept = Buffer.concat([this.kept, bytes]).subarray(-KEPT_BYTES);
    for (const replica of this.replicas) {
      if (replica.isClosing) this.replicas.delete(replica);
      else replica.sayBytes(bytes);
    }
  }
}
