import type { Socket } from 'node:net';

/** There is room again at this share of the places. */
const ROOMY = 0.9;

/** The links that others have made to this node. Whoever comes when all places are taken is sent away, and dials again. */
export class LinkPlaces {
  private readonly held = new Set<Socket>();
  private isFull = false;

  constructor(
    private readonly max: number,
    /** Told when somebody was sent away, and once there is room again. */
    private readonly onFull: (isFull: boolean) => void,
  ) {}

  get count(): number {
    return this.held.size;
  }

  /** Returns whether there is a place; it is free again when the socket is closed. */
  take(socket: Socket): boolean {
    if (this.held.size >= this.max) {
      this.tell(true);
      return false;
    }
    this.held.add(socket);
    socket.once('close', () => {
      this.held.delete(socket);
      if (this.held.size <= ROOMY * this.max) this.tell(false);
    });
    return true;
  }

  private tell(isFull: boolean): void {
    if (isFull === this.isFull) return;
    this.isFull = isFull;
    this.onFull(isFull);
  }
}
