import type { Socket } from 'node:net';
import type { ReplicaId } from '../core/model/version.js';
import { type Address, parseAddress } from './address.js';
import { DialError } from './errors.js';
import { LINK_PREAMBLE } from './frame.js';
import { LINK_SETTINGS, type LinkHandlers, type LinkSettings } from './link.js';
import { type Connect, connectInPlace, type Opened, openSocket } from './open-socket.js';
import { SocketLink } from './socket-link.js';
import { NO_SEAL, NO_TRUST, type Seal, type Trust } from './trust.js';

export type { Link, LinkHandlers, LinkSettings } from './link.js';

/** The links of one node, dialled and accepted. Dialling again after a failure is the caller's to decide. */
export class LinkTransport {
  private readonly settings: LinkSettings;
  private readonly links = new Set<SocketLink>();
  /** What gives each of them up. */
  private readonly dials = new Set<(error: Error) => void>();
  private lastId = 0;
  /** Called, once each, when the last link and the last dial are gone. */
  private readonly onIdle: (() => void)[] = [];

  constructor(
    private readonly handlers: LinkHandlers,
    settings: Partial<LinkSettings> = {},
    private readonly connectTo: Connect = connectInPlace,
    private readonly trust: Trust = NO_TRUST,
    /** null: not of a node. */
    private readonly replica: ReplicaId | null = null,
  ) {
    this.settings = { ...LINK_SETTINGS, ...settings };
  }

  /** Connect to `host:port`. Ends in `onUp`, or in `onDialFailed` at the latest after `timeoutMs`. */
  dial(address: string, timeoutMs: number): void {
    const target = parsed(address);
    if (target instanceof DialError) {
      process.nextTick(() => this.handlers.onDialFailed(address, target));
      return;
    }
    const { trust, replica, connectTo } = this;
    const opening = { target, trust, replica, connectTo, timeoutMs, purpose: 'link' } as const;
    const giveUp = openSocket(opening, (result) => {
      this.dials.delete(giveUp);
      if (result instanceof DialError) this.handlers.onDialFailed(address, result);
      else this.opened(result, address);
      this.checkIdle();
    });
    this.dials.add(giveUp);
  }

  /**
   * Take over a socket whose other end has said that it is a link; `rest` is what came after that. The caller must have
   * removed its own listeners. Calls `onUp`, and `onMessage` for what is whole in `rest`, before it returns.
   *
   * Returns the function that feeds the link, for a socket whose bytes do not come as `data` events (`onread` of net).
   */
  accept(socket: Socket, rest: Buffer, seal: Seal = NO_SEAL): (chunk: Buffer) => void {
    if (socket.destroyed) return () => {};
    const link = this.addLink(socket, null, seal);
    if (rest.length > 0) link.receive(rest);
    return (chunk) => link.receive(chunk);
  }

  /** Close all links and give up all dials. Resolves when each has had its `onDown` or `onDialFailed`. */
  closeAll(): Promise<void> {
    for (const link of this.links) link.close();
    for (const giveUp of this.dials) giveUp(new DialError('ECANCELED', 'the dial was given up'));
    return new Promise((resolve) => {
      this.onIdle.push(resolve);
      this.checkIdle();
    });
  }

  // ---------------------------------------------------------------------------------------------

  private opened({ socket, seal, rest, onBytes }: Opened, address: string): void {
    const link = this.addLink(socket, address, seal);
    onBytes((bytes) => link.receive(bytes));
    if (rest.length > 0) link.receive(rest);
  }

  private addLink(socket: Socket, dialled: string | null, seal: Seal): SocketLink {
    const link = new SocketLink(++this.lastId, dialled, socket, this.handlers, this.settings, seal);
    this.links.add(link);
    link.start(() => {
      this.links.delete(link);
      this.checkIdle();
    });
    // With a secret it was said before that this is a link.
    if (dialled !== null && this.trust.secret === null) link.sendEncoded(LINK_PREAMBLE);
    this.handlers.onUp(link);
    return link;
  }

  private checkIdle(): void {
    if (this.links.size > 0 || this.dials.size > 0) return;
    for (const resolve of this.onIdle.splice(0)) resolve();
  }
}

// -----------------------------------------------------------------------------------------------

function parsed(address: string): Address | DialError {
  try {
    return parseAddress(address);
  } catch (cause) {
    return new DialError('EINVAL', `cannot connect: ${(cause as Error).message}`, { cause });
  }
}
