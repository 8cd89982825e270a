import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { AdminReplyError } from '../../src/fronts/resp/admin.js';
import { createListener } from '../../src/fronts/resp/listener.js';
import { Harness, until } from './harness.js';
import { type RawClient, request } from './raw-client.js';

const running: Harness[] = [];

async function start(options: Parameters<typeof Harness.start>[0] = {}): Promise<Harness> {
  const harness = await Harness.start(options);
  running.push(harness);
  return harness;
}

afterEach(async () => {
  for (const harness of running.splice(0)) await harness.stop();
});

/** A promise and its levers. */
function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('pipelines', () => {
  test('ten thousand commands in one write are answered in order, with few commits', async () => {
    const { keyspace, ...harness } = await start();
    const client = await running[0]!.client();
    expect(harness.port).toBeGreaterThan(0);
    client.send(Buffer.concat(Array.from({ length: 10_000 }, (_, i) => request('ECHO', String(i)))));
    for (let i = 0; i < 10_000; i++) expect(await client.reply()).toBe(`$${String(i).length}\r\n${i}\r\n`);
    expect(keyspace.commits).toBeLessThan(100);
  });

  test('commands that take long share a turn of the event loop only for some milliseconds', async () => {
    const harness = await start();
    const { keyspace } = harness;
    const set = keyspace.set.bind(keyspace);
    keyspace.set = (...args) => {
      const untilMs = performance.now() + 2;
      while (performance.now() < untilMs);
      set(...args);
    };
    const client = await harness.client();
    client.send(Buffer.concat(Array.from({ length: 40 }, () => request('SET', 'a', '1', 'EX', '100'))));
    for (let i = 0; i < 40; i++) expect(await client.reply()).toBe('+OK\r\n');
    expect(keyspace.commits).toBeGreaterThan(10);
  });

  test('a command that answers late holds later ones back, not earlier ones', async () => {
    const harness = await start();
    const client = await harness.client();
    client.send(Buffer.concat([request('SET', 'a', '1'), request('WAIT', '1', '0'), request('GET', 'a')]));
    expect(await client.reply()).toBe('+OK\r\n');
    await until(() => harness.keyspace.waiting === 1, 'WAIT waits');
    client.send(request('PING'));
    const other = await harness.client();
    expect(await other.call('DEL', 'a')).toBe(':1\r\n');
    harness.keyspace.acknowledge(1);
    expect(await client.replies(3)).toBe(':1\r\n$-1\r\n+PONG\r\n');
  });

  test('WAIT inside MULTI does not wait', async () => {
    const harness = await start();
    const client = await harness.client();
    client.send(Buffer.concat([request('MULTI'), request('WAIT', '5', '0'), request('PING'), request('EXEC')]));
    expect(await client.replies(4)).toBe('+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:0\r\n+PONG\r\n');
  });

  test('a client that closes its sending side gets the answers to what it sent', async () => {
    const harness = await start();
    const gate = deferred();
    harness.keyspace.commit = () => gate.promise;
    const client = await harness.client();
    client.send(Buffer.concat([request('SET', 'a', '1'), request('GET', 'a')]));
    client.socket.end();
    await until(() => harness.keyspace.commits === 1, 'the commands are executed');
    gate.resolve();
    expect(await client.replies(3)).toBe('+OK\r\n$1\r\n1\r\n<closed>');
  });
});

describe('commits', () => {
  test('replies wait for the commit of their turn; what arrives meanwhile is answered after', async () => {
    const harness = await start();
    const gates = [deferred(), deferred()];
    harness.keyspace.commit = () => gates[harness.keyspace.commits - 1]?.promise;
    const client = await harness.client();
    let answered = '';
    client.socket.on('data', (chunk: Buffer) => {
      answered += chunk;
    });
    client.send(request('SET', 'a', '1'));
    await until(() => harness.keyspace.commits === 1, 'the first turn is over');
    client.send(request('GET', 'a'));
    const other = await harness.client();
    other.send(request('SET', 'b', '1'));
    await until(() => harness.keyspace.commits === 2, "the other client's turn is over");
    expect(answered).toBe('');
    gates[0]!.resolve();
    expect(await client.replies(2)).toBe('+OK\r\n$1\r\n1\r\n');
    gates[1]!.resolve();
    expect(await other.reply()).toBe('+OK\r\n');
  });

  test('a large request that comes during a commit is read to its end once the commit is over', async () => {
    const harness = await start();
    const gate = deferred();
    harness.keyspace.commit = () => (harness.keyspace.commits === 1 ? gate.promise : undefined);
    const client = await harness.client();
    client.send(request('SET', 'a', '1'));
    await until(() => harness.keyspace.commits === 1, 'the first turn is over');
    const large = request('SET', 'b', Buffer.alloc(32 * 1024 * 1024));
    for (let at = 0; at < large.length; at += 65_536) client.send(large.subarray(at, at + 65_536));
    await until(isStandingStill(client), 'the node reads no more of it');
    gate.resolve();
    expect(await client.replies(2)).toBe('+OK\r\n+OK\r\n');
  });

  test('a commit that fails sends no reply: the connection is closed and the fault reported', async () => {
    const harness = await start();
    const client = await harness.client();
    const failure = new Error('disk full');
    harness.keyspace.commit = () => Promise.reject(failure);
    client.send(request('SET', 'a', '1'));
    expect(await client.reply()).toBe('<closed>');
    expect(harness.internalErrors).toEqual([failure]);
  });

  test('a command that fails by a fault of ours says so, is reported, and the connection lives', async () => {
    const harness = await start();
    const client = await harness.client();
    const fault = new Error('bug');
    harness.keyspace.get = () => {
      throw fault;
    };
    expect(await client.call('GET', 'a')).toMatch(/^-ERR internal error/);
    expect(await client.call('PING')).toBe('+PONG\r\n');
    expect(harness.internalErrors).toEqual([fault]);
  });
});

describe('availability', () => {
  test('while the keyspace is unavailable data commands get its error, connection commands work', async () => {
    const harness = await start({ adminHandler: async () => 'fine' });
    const client = await harness.client();
    harness.keyspace.unavailableText = 'LOADING catching up';
    for (const line of ['GET a', 'SET a 1', 'DBSIZE', 'KEYS *', 'SCAN 0', 'FLUSHALL', 'WATCH a', 'WAIT 0 0']) {
      expect(await client.line(line)).toBe('-LOADING catching up\r\n');
    }
    for (const line of ['PING', 'HELLO 2', 'CLIENT ID', 'INFO', 'COMMAND COUNT', 'SELECT 1', 'RESET', 'MNEME status']) {
      expect(await client.line(line)).not.toMatch(/^-/);
    }
    expect(await client.line('INFO persistence')).toContain('loading:1');
    expect(await client.line('AUTH default x')).toBe('+OK\r\n');
    expect(await client.line('QUIT')).toBe('+OK\r\n');
  });

  test('a transaction whose keyspace became unavailable after queueing is discarded with the reason', async () => {
    const harness = await start();
    const client = await harness.client();
    client.send('MULTI\r\nSET a 1\r\n');
    expect(await client.replies(2)).toBe('+OK\r\n+QUEUED\r\n');
    harness.keyspace.unavailableText = 'LOADING catching up';
    expect(await client.line('EXEC')).toBe('-EXECABORT Transaction discarded because of: LOADING catching up\r\n');
    expect(await client.line('EXEC')).toBe('-ERR EXEC without MULTI\r\n');
  });

  test('a write that the keyspace refuses gets its error', async () => {
    const harness = await start();
    const client = await harness.client();
    harness.keyspace.refuseWrites = 'NOQUORUM too few members';
    expect(await client.line('SET a 1')).toBe('-NOQUORUM too few members\r\n');
    expect(await client.line('FLUSHALL')).toBe('-NOQUORUM too few members\r\n');
    client.send('MULTI\r\nSET a 1\r\nPING\r\nEXEC\r\n');
    expect(await client.replies(4)).toBe(
      '+OK\r\n-NOQUORUM too few members\r\n+QUEUED\r\n-EXECABORT Transaction discarded because of previous errors.\r\n',
    );
  });
});

describe('admin commands', () => {
  test('verb and JSON reach the handler, its answer and its errors reach the client', async () => {
    const asked: string[][] = [];
    const harness = await start({
      adminHandler: async (verb, json, { name, address }) => {
        asked.push([verb, json, name]);
        expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
        if (verb === 'FAIL') throw new AdminReplyError('{"code":"refused"}');
        if (verb === 'BUG') throw new Error('bug');
        return '{"ok":true}';
      },
    });
    const client = await harness.client();
    expect(await client.call('MNEME', 'status')).toBe('$11\r\n{"ok":true}\r\n');
    expect(await client.call('mneme', 'PLAN', '{"limit": 1, "name": "é"}')).toBe('$11\r\n{"ok":true}\r\n');
    expect(await client.call('MNEME', 'FAIL')).toBe('-MNEMEERR {"code":"refused"}\r\n');
    expect(await client.call('MNEME', 'BUG')).toMatch(/^-ERR internal error/);
    expect(await client.call('MNEME')).toBe("-ERR wrong number of arguments for 'mneme' command\r\n");
    expect(await client.call('MNEME', 'NAMED', '{}', 'root@host')).toBe('$11\r\n{"ok":true}\r\n');
    expect(await client.call('MNEME', 'a', 'b', 'c', 'd')).toBe('-ERR syntax error\r\n');
    expect(asked).toEqual([
      ['STATUS', '{}', ''],
      ['PLAN', '{"limit": 1, "name": "é"}', ''],
      ['FAIL', '{}', ''],
      ['BUG', '{}', ''],
      ['NAMED', '{}', 'root@host'],
    ]);
    expect(harness.internalErrors).toHaveLength(1);
  });

  test('inside MULTI they are refused, and without a handler too', async () => {
    const harness = await start();
    const client = await harness.client();
    expect(await client.line('MNEME STATUS')).toBe('-ERR this port takes no admin commands\r\n');
    client.send('MULTI\r\nMNEME STATUS\r\nEXEC\r\n');
    expect(await client.replies(3)).toBe('+OK\r\n-ERR MNEME inside MULTI is not allowed\r\n*0\r\n');
  });
});

describe('links between nodes', () => {
  /** A listener whose link handler echoes, and what it was given. */
  async function startWithLinks() {
    const links: { socket: Socket; rest: string }[] = [];
    const harness = await start({
      limits: { clients: 1 },
      linkHandler: (socket, rest) => {
        links.push({ socket, rest: rest.toString() });
        socket.on('error', () => {});
        socket.on('data', (chunk: Buffer) => void socket.write(`<${chunk}>`));
      },
    });
    return { harness, links };
  }

  test('the preamble hands the socket over with the bytes behind it, and later bytes go to the handler', async () => {
    const { harness, links } = await startWithLinks();
    const socket = connect(harness.port, '127.0.0.1');
    socket.write('MNEMELNKhello');
    await until(() => links.length === 1, 'the link is handed over');
    expect(links[0]!.rest).toBe('hello');
    socket.write('more');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toBe('<more>');
    expect(harness.listener.clients).toBe(0);
    await harness.listener.close();
    expect(socket.destroyed).toBe(false);
    socket.end();
    await once(socket, 'close');
  });

  test('the preamble may come byte by byte', async () => {
    const { harness, links } = await startWithLinks();
    const socket = connect({ port: harness.port, host: '127.0.0.1', noDelay: true });
    for (const byte of 'MNEMELNK') {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => links.length === 1, 'the link is handed over');
    expect(links[0]!.rest).toBe('');
    socket.destroy();
  });

  test('inline commands that begin like the preamble are commands, also byte by byte', async () => {
    const { harness } = await startWithLinks();
    const client = await harness.client();
    client.send('MN');
    await new Promise((resolve) => setImmediate(resolve));
    client.send('EME x\r\nMGET a\r\nMNEMELNK\r\n');
    expect(await client.replies(2)).toBe('-ERR this port takes no admin commands\r\n*1\r\n$-1\r\n');
    expect(await client.reply()).toMatch(/^-ERR unknown command 'MNEMELNK'/);
  });

  test('links do not count as clients', async () => {
    const { harness, links } = await startWithLinks();
    const client = await harness.client();
    expect(await client.line('PING')).toBe('+PONG\r\n');
    const socket = connect(harness.port, '127.0.0.1');
    socket.write('MNEMELNK');
    await until(() => links.length === 1, 'the link is handed over');
    socket.destroy();
  });

  test('without a handler a link is closed', async () => {
    const harness = await start();
    const client = await harness.client();
    client.send('MNEMELNK');
    expect(await client.reply()).toBe('<closed>');
  });
});

describe('bounds', () => {
  test('one client too many gets the error of Redis and is closed; a place that frees up is given', async () => {
    const harness = await start({ limits: { clients: 1 } });
    const first = await harness.client();
    expect(await first.line('PING')).toBe('+PONG\r\n');
    const second = await harness.client();
    second.send('PING\r\n');
    expect(await second.replies(2)).toBe('-ERR max number of clients reached\r\n<closed>');
    first.close();
    await until(() => harness.listener.clients === 0, 'the first is gone');
    const third = await harness.client();
    expect(await third.line('PING')).toBe('+PONG\r\n');
  });

  test('where all places are taken, a link and an operator still come in, and who says nothing has to go', async () => {
    const links: Socket[] = [];
    const crowds: boolean[] = [];
    const harness = await start({
      limits: { clients: 2 },
      adminHandler: async () => '{}',
      linkHandler: (socket) => {
        socket.on('error', () => {});
        links.push(socket);
      },
      onCrowd: (isCrowded) => crowds.push(isCrowded),
    });
    const client = await harness.client();
    expect(await client.line('PING')).toBe('+PONG\r\n');
    const silent = [await harness.client(), await harness.client(), await harness.client()];
    const link = await harness.client();
    link.send('MNEMELNK');
    await until(() => links.length === 1, 'the link is in');
    expect(await client.line('PING')).toBe('+PONG\r\n');
    const operator = await harness.client();
    expect(await operator.call('MNEME', 'STATUS', '{}')).toBe('$2\r\n{}\r\n');
    expect(await silent[2]!.replies(2)).toBe('-ERR max number of clients reached\r\n<closed>');
    expect(crowds[0]).toBe(true);
    for (const one of [client, operator, ...silent]) one.close();
    await until(() => crowds.at(-1) === false, 'there is room again');
    links[0]!.destroy();
  });

  test('a value over the limit ends the connection, one at the limit is kept', async () => {
    const harness = await start({ limits: { value: 1000 } });
    const client = await harness.client();
    expect(await client.call('SET', 'a', 'x'.repeat(1000))).toBe('+OK\r\n');
    expect(await client.call('APPEND', 'a', 'x')).toMatch(/^-ERR string exceeds maximum allowed size/);
    client.send(request('SET', 'a', 'x'.repeat(1001)));
    expect(await client.replies(2)).toBe('-ERR Protocol error: invalid bulk length\r\n<closed>');
  });

  test('a client that does not read is disconnected once too much is unsent', async () => {
    const harness = await start({ limits: { output: 8 * 1024 * 1024, 'output-time': 50 } });
    const client = await harness.client();
    await client.call('SET', 'big', Buffer.alloc(16 * 1024 * 1024));
    client.socket.pause();
    client.send(Buffer.concat([request('MGET', 'big', 'big'), request('GET', 'big')]));
    await until(() => harness.listener.clients === 0, 'the client is disconnected');
  });

  test('a client that does not read stops being executed, and goes on when it reads', async () => {
    const harness = await start();
    const client = await harness.client();
    await client.call('SET', 'big', Buffer.alloc(16 * 1024 * 1024, 0x61));
    const before = harness.keyspace.commits;
    client.socket.pause();
    client.send(
      Buffer.concat([...Array.from({ length: 5 }, () => request('GET', 'big')), request('SET', 'done', '1')]),
    );
    await until(() => harness.keyspace.commits > before, 'the first reply is on its way');
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(harness.keyspace.get(0, Buffer.from('done'))).toBeUndefined();
    client.socket.resume();
    for (let i = 0; i < 5; i++) expect((await client.reply()).length).toBe(16 * 1024 * 1024 + 13);
    expect(await client.reply()).toBe('+OK\r\n');
  });

  test('a reply far over the output limit reaches a client that reads', async () => {
    const harness = await start({ limits: { output: 1024 * 1024, 'output-time': 1000 } });
    const client = await harness.client();
    const value = Buffer.alloc(8 * 1024 * 1024, 0x62);
    await client.call('SET', 'big', value);
    const reply = await client.call('MGET', 'big', 'big', 'missing', 'big');
    expect(reply).toBe(
      `*4\r\n${[value, value, null, value].map((item) => (item === null ? '$-1\r\n' : `$${item.length}\r\n${item}\r\n`)).join('')}`,
    );
  });
});

describe('opening and closing', () => {
  test('a port in use is the operator’s to solve, and named', async () => {
    const harness = await start();
    const second = createListener({ host: '127.0.0.1', port: harness.port, keyspace: harness.keyspace });
    await expect(second.start()).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(`127.0.0.1:${harness.port}`),
      hint: expect.any(String),
    });
    await second.close();
  });

  test('an address that is not ours is a bad setting', async () => {
    const harness = await start();
    const listener = createListener({ host: '203.0.113.1', port: 0, keyspace: harness.keyspace });
    await expect(listener.start()).rejects.toMatchObject({ code: 'bad-setting' });
  });

  test('closing answers what was read, then closes; idle and silent connections too; the port is free again', async () => {
    const harness = await start();
    const gate = deferred();
    harness.keyspace.commit = () => gate.promise;
    const [busy, idle, silent] = [await harness.client(), await harness.client(), await harness.client()];
    busy.send(Buffer.concat([request('SET', 'a', '1'), request('GET', 'a')]));
    await until(() => harness.keyspace.commits === 1, 'the commands are executed');
    harness.keyspace.commit = () => undefined;
    expect(await idle.line('PING')).toBe('+PONG\r\n');
    const closing = harness.listener.close();
    gate.resolve();
    expect(await busy.replies(3)).toBe('+OK\r\n$1\r\n1\r\n<closed>');
    expect(await idle.reply()).toBe('<closed>');
    expect(await silent.reply()).toBe('<closed>');
    await closing;
    const again = createListener({ host: '127.0.0.1', port: harness.port, keyspace: harness.keyspace });
    expect(await again.start()).toEqual({ host: '127.0.0.1', port: harness.port });
    await again.close();
  });

  test('closing twice is closing once', async () => {
    const harness = await start();
    await harness.client();
    await Promise.all([harness.listener.close(), harness.listener.close()]);
  });

  test('a value that arrives in many chunks is committed once', async () => {
    const harness = await start();
    const client = await harness.client();
    const bytes = request('SET', 'a', Buffer.alloc(2 * 1024 * 1024));
    for (let at = 0; at < bytes.length; at += 100_000) {
      client.send(bytes.subarray(at, at + 100_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.reply()).toBe('+OK\r\n');
    expect(harness.keyspace.commits).toBe(1);
  });

  test('closing cuts a command that does not end within the grace', async () => {
    const harness = await start();
    const client = await harness.client();
    client.send(request('WAIT', '1', '0'));
    await until(() => harness.keyspace.waiting === 1, 'WAIT waits');
    await harness.listener.close(10);
    expect(await client.reply()).toBe('<closed>');
    harness.keyspace.acknowledge(1);
  });

  test('a client that vanishes while its command runs harms nobody', async () => {
    const harness = await start();
    const client = await harness.client();
    client.send(request('WAIT', '1', '0'));
    await until(() => harness.keyspace.waiting === 1, 'WAIT waits');
    client.socket.resetAndDestroy();
    await until(() => harness.listener.clients === 0, 'the client is gone');
    harness.keyspace.acknowledge(1);
    const other = await harness.client();
    expect(await other.line('PING')).toBe('+PONG\r\n');
    expect(harness.internalErrors).toEqual([]);
  });
});

/** Whether a client's unsent bytes have not become fewer for many turns of the event loop. */
function isStandingStill(client: RawClient): () => boolean {
  let last = 0;
  let turns = 0;
  return () => {
    const { writableLength } = client.socket;
    turns = writableLength === last ? turns + 1 : 0;
    last = writableLength;
    return writableLength > 0 && turns > 200;
  };
}
