import { createServer, type Server, type Socket } from 'node:net';
import type { AdminApi, AdminVerb } from '../../src/admin/protocol/api.js';
import { OperatorError } from '../../src/core/model/errors.js';

export type Handlers = { [V in AdminVerb]?: (request: AdminApi[V]['request']) => AdminApi[V]['reply'] };

/**
 * A node as the CLI sees one: a Redis port that answers admin verbs from handlers, and a few data commands from a map. A
 * handler that throws an OperatorError gives an error reply, as a node does.
 */
export class FakeNode {
  readonly calls: { verb: string; request: unknown }[] = [];
  readonly data = new Map<string, { value: Buffer; expiryMs: number }>();
  /** An error text that every data command gets, such as "LOADING …". */
  unavailable: string | null = null;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
    public handlers: Handlers,
  ) {}

  static async start(handlers: Handlers = {}): Promise<FakeNode> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const node = new FakeNode(server, (server.address() as { port: number }).port, handlers);
    server.on('connection', (socket) => node.serve(socket));
    return node;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  callsOf(verb: AdminVerb): unknown[] {
    return this.calls.filter((call) => call.verb === verb).map((call) => call.request);
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let pending = Buffer.alloc(0);
    const session = { database: 0 };
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (let read = readCommand(pending); read !== null; read = readCommand(pending)) {
        pending = pending.subarray(read.bytes);
        socket.write(this.reply(read.words, session));
      }
    });
  }

  private reply(words: Buffer[], session: { database: number }): Buffer {
    const [name = '', ...args] = words.map((word, index) => (index === 0 ? word.toString().toUpperCase() : word));
    try {
      if (name === 'MNEME') return bulk(this.answer(String(args[0]).toUpperCase(), String(args[1] ?? '{}')));
      if (this.unavailable !== null) return Buffer.from(`-${this.unavailable}\r\n`);
      return this.dataCommand(String(name), args as Buffer[], session);
    } catch (error) {
      if (error instanceof OperatorError) {
        const { code, message, hint, exitCode } = error;
        return Buffer.from(`-MNEMEERR ${JSON.stringify({ code, message, hint, exitCode })}\r\n`);
      }
      const { message } = error as Error;
      return Buffer.from(`-${message.startsWith('LOADING ') ? message : `ERR ${message}`}\r\n`);
    }
  }

  private answer(verb: string, json: string): Buffer {
    const request: unknown = JSON.parse(json);
    this.calls.push({ verb, request });
    const handler = this.handlers[verb as AdminVerb] as ((request: unknown) => unknown) | undefined;
    if (handler === undefined) throw new Error(`unknown verb ${verb}`);
    return Buffer.from(JSON.stringify(handler(request)));
  }

  private dataCommand(name: string, args: Buffer[], session: { database: number }): Buffer {
    const id = (key: Buffer | undefined) => `${session.database}/${key?.toString('latin1')}`;
    switch (name) {
      case 'PING':
        return Buffer.from('+PONG\r\n');
      case 'SELECT':
        session.database = Number(args[0]);
        return Buffer.from('+OK\r\n');
      case 'GET':
        return bulk(this.data.get(id(args[0]))?.value ?? null);
      case 'PEXPIRETIME': {
        const entry = this.data.get(id(args[0]));
        return Buffer.from(`:${entry === undefined ? -2 : entry.expiryMs === 0 ? -1 : entry.expiryMs}\r\n`);
      }
      case 'SET': {
        const [key, value, unit, time] = args;
        if (value?.toString() === 'too large') throw new Error('string exceeds maximum allowed size');
        const expiryMs = unit === undefined ? 0 : Number(time) + (unit.toString() === 'PX' ? Date.now() : 0);
        this.data.set(id(key), { value: value ?? Buffer.alloc(0), expiryMs });
        return Buffer.from('+OK\r\n');
      }
      case 'DEL':
        return Buffer.from(`:${args.filter((key) => this.data.delete(id(key))).length}\r\n`);
    }
    throw new Error(`unknown command '${name}'`);
  }
}

function bulk(bytes: Buffer | null): Buffer {
  if (bytes === null) return Buffer.from('$-1\r\n');
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** One command as an array of bulk strings; null until it is complete. */
function readCommand(buffer: Buffer): { words: Buffer[]; bytes: number } | null {
  let at = 0;
  const line = (): string | null => {
    const end = buffer.indexOf('\r\n', at);
    if (end === -1) return null;
    const text = buffer.toString('latin1', at + 1, end);
    at = end + 2;
    return text;
  };
  const count = line();
  if (count === null) return null;
  const words: Buffer[] = [];
  for (let index = 0; index < Number(count); index++) {
    const length = line();
    if (length === null || at + Number(length) + 2 > buffer.length) return null;
    words.push(buffer.subarray(at, at + Number(length)));
    at += Number(length) + 2;
  }
  return { words, bytes: at };
}
