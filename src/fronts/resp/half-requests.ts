import type { Connection } from './connection.js';
import { LOOKS } from './sweep.js';

/** Connections in the middle of a request: how often bytes had come by the last look, and since how many looks. */
export class HalfRequests {
  private halves = new Map<Connection, { chunks: number; looks: number }>();

  forget(connection: Connection): void {
    this.halves.delete(connection);
  }

  /** Those who stopped in the middle of a request, and sent no byte of it at several looks. */
  look(connections: Iterable<Connection>): Connection[] {
    const before = this.halves;
    const late: Connection[] = [];
    this.halves = new Map();
    for (const connection of connections) {
      if (!connection.isHalf) continue;
      const { chunks } = connection;
      const known = before.get(connection);
      const looks = known?.chunks === chunks ? known.looks + 1 : 0;
      if (looks < LOOKS) this.halves.set(connection, { chunks, looks });
      else late.push(connection);
    }
    return late;
  }
}
