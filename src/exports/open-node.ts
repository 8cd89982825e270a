import { EventEmitter } from 'node:events';
import type { StatusReply } from '../admin/protocol/api.js';
import { OwnClient } from '../admin/server/own-client.js';
import { adminHandler } from '../admin/server/server.js';
import { status } from '../admin/server/verbs/status.js';
import { Acknowledgement } from '../fronts/library/acknowledgement.js';
import { closedError, closedStore } from '../fronts/library/closed-store.js';
import { type Codec, text } from '../fronts/library/codec.js';
import type { Entries } from '../fronts/library/entries.js';
import type { WriteRefusedError } from '../fronts/library/errors.js';
import { type Local, LocalEntries, newKeyScratch, TurnClock } from '../fronts/library/local-entries.js';
import { Scratch } from '../fronts/library/scratch.js';
import type { LogLevel } from '../node/options.js';
import type { RunningNode } from '../operations/cluster/node-options.js';
import { runNode } from '../operations/start/run-node.js';
import { whileWanted } from './abort.js';
import { emitTold, type NodeEventName, type NodeEvents } from './node-events.js';
import type { OpenNodeOptions } from './open-options.js';
import { checkOptions, planOf } from './options.js';
import { resolvingAt } from './resolving.js';
import type { Resolving } from './resolving-types.js';

/** A member of a cluster, in this process. Two of them in one process have nothing in common. */
export interface MnemeNode<V = string> extends Entries<V>, Resolving, AsyncDisposable {
  readonly name: string;
  /** Where other nodes and the `mneme` command reach it, as "host:port"; null: it has no port. */
  readonly address: string | null;
  /** The data directory; null: memory only. */
  readonly dir: string | null;
  /** How this node sees itself and its cluster now. Costs no question to anybody. */
  status(): StatusReply;
  /** For JSON.stringify, as loggers use it. */
  toJSON(): { name: string; address: string | null; dir: string | null };
  on<E extends NodeEventName>(event: E, listener: (...about: NodeEvents[E]) => void): this;
  once<E extends NodeEventName>(event: E, listener: (...about: NodeEvents[E]) => void): this;
  off<E extends NodeEventName>(event: E, listener: (...about: NodeEvents[E]) => void): this;
  /**
   * Takes no more writes, sends out what there is, and lets go of port and directory. The node stays a member, which the others count as
   * down. From then on reads throw, and writes reject, with the code `closed`. Again: the same promise.
   */
  close(): Promise<void>;
}

/**
 * Opens a node: founds a cluster, joins one, or comes back to it. Resolves once the node has caught up and serves. Rejects with an
 * OperatorError, whose `code` says why and whose `hint` says what to do next.
 *
 *     const node = await openNode({ dir: 'data', listen: '10.0.0.2:7379', secretFile: 'mneme.secret', join: ['10.0.0.1:7379'] });
 *     await node.set('session:1', 'ann', { ttlMs: 3_600_000 });
 *     node.get('session:1'); // 'ann'
 */
export async function openNode<V = string>(options: OpenNodeOptions<V>): Promise<MnemeNode<V>> {
  checkOptions(options);
  const { signal } = options;
  const log = harmless(options.log ?? (() => {}));
  signal?.throwIfAborted();
  const plan = await planOf(options);
  const events = new EventEmitter<NodeEvents>();
  const running = await runNode({
    ...plan,
    log: (level: LogLevel, message, told) => {
      log(level, message);
      if (told !== undefined) emitTold(events, message, told);
    },
  });
  try {
    await whileWanted(signal, () => running.inSync);
    return new LocalNode(running, (options.codec ?? text) as Codec<V>, plan.isPortless !== true, events);
  } catch (error) {
    await running.stop();
    throw error;
  }
}

// ---

/** A node does not end over a log that throws: the process is warned, once. */
function harmless(log: NonNullable<OpenNodeOptions['log']>): NonNullable<OpenNodeOptions['log']> {
  let hasThrown = false;
  return (level, message) => {
    try {
      log(level, message);
    } catch (error) {
      if (!hasThrown) process.emitWarning(`the log of a Mneme node threw, and does not get all lines: ${error}`);
      hasThrown = true;
    }
  };
}

class LocalNode<V> extends LocalEntries<V> implements MnemeNode<V> {
  readonly name: string;
  readonly address: string | null;
  readonly dir: string | null;
  readonly plan: Resolving['plan'];
  readonly merge: Resolving['merge'];
  readonly promote: Resolving['promote'];
  readonly undo: Resolving['undo'];
  private closing: Promise<void> | null = null;
  private ended: { readonly error: Error | null } | null = null;

  constructor(
    private readonly running: RunningNode,
    codec: Codec<V>,
    hasPort: boolean,
    private readonly events: EventEmitter<NodeEvents>,
  ) {
    const local = localOf(running, events);
    super(local, codec);
    this.name = running.name;
    this.address = hasPort ? running.address : null;
    this.dir = running.dir;
    const { node, address, passport } = running;
    const own = new OwnClient(address, adminHandler(node), passport);
    ({
      plan: this.plan,
      merge: this.merge,
      promote: this.promote,
      undo: this.undo,
    } = resolvingAt({
      connect: async () => {
        if (this.ended !== null) throw closedError(this.ended.error);
        return own;
      },
    }));
    void node.stopped.then(({ error }) => {
      this.ended = { error };
      local.store = closedStore(error);
      events.emit('closed', { error });
    });
  }

  status(): StatusReply {
    return status(this.running.node);
  }

  on<E extends NodeEventName>(event: E, listener: (...about: NodeEvents[E]) => void): this {
    this.events.on(event as 'closed', listener as never);
    return this;
  }

  once<E extends NodeEventName>(event: E, listener: (...about: NodeEvents[E]) => void): this {
    this.events.once(event as 'closed', listener as never);
    return this;
  }

  off<E extends NodeEventName>(event: E, listener: (...about: NodeEvents[E]) => void): this {
    this.events.off(event as 'closed', listener as never);
    return this;
  }

  close(): Promise<void> {
    this.ended ??= { error: null };
    this.closing ??= this.running.stop();
    return this.closing;
  }

  override toJSON(): { name: string; address: string | null; dir: string | null } {
    const { name, address, dir } = this;
    return { name, address, dir };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function localOf(running: RunningNode, events: EventEmitter<NodeEvents>): Local {
  let refusedFor: string | null = null;
  const tell = ({ code, message }: WriteRefusedError): void => {
    if (refusedFor === code) return;
    refusedFor = code;
    events.emit('write-refused', { code, message });
  };
  const local: Local = {
    store: running.local,
    writes: new Acknowledgement(
      () => {
        const committed = local.store.commit();
        refusedFor = null;
        return committed;
      },
      (error) => tell(error as WriteRefusedError),
    ),
    keys: newKeyScratch(),
    values: new Scratch(-1),
    clock: new TurnClock(),
    onRefused: tell,
  };
  return local;
}
