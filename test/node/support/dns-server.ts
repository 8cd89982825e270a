import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

export interface Zone {
  /** Addresses of names. */
  a?: Record<string, string[]>;
  srv?: Record<string, { target: string; port: number }[]>;
  /** Names for which the server fails. */
  failing?: string[];
}

const TYPES = { a: 1, aaaa: 28, srv: 33 } as const;
const NAME_ERROR = 3;
const SERVER_FAILURE = 2;

/** A DNS server (RFC 1035) on loopback, with what a test says; the zone may change at any time. */
export class DnsServer {
  /** The questions so far, as NAME/TYPE. */
  readonly asked: string[] = [];
  private readonly socket: Socket = createSocket('udp4');

  constructor(public zone: Zone) {}

  /** For MNEME_DNS_SERVERS. */
  get address(): string {
    return `127.0.0.1:${this.socket.address().port}`;
  }

  async start(): Promise<this> {
    this.socket.on('message', (query, from) => this.socket.send(this.answer(query), from.port, from.address));
    this.socket.bind(0, '127.0.0.1');
    await once(this.socket, 'listening');
    return this;
  }

  close(): void {
    this.socket.close();
  }

  private answer(query: Buffer): Buffer {
    const { name, end } = nameAt(query, 12);
    const type = query.readUInt16BE(end);
    this.asked.push(`${name}/${type}`);
    const { a = {}, srv = {}, failing = [] } = this.zone;
    const records = [
      ...(a[name] ?? []).flatMap((host) => addressRecord(host, type)),
      ...(type === TYPES.srv ? (srv[name] ?? []).map(({ target, port }) => srvRecord(target, port)) : []),
    ];
    const code = failing.includes(name) ? SERVER_FAILURE : name in a || name in srv ? 0 : NAME_ERROR;
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(code === 0 ? records.length : 0, 6);
    return Buffer.concat([head, query.subarray(12, end + 4), ...(code === 0 ? records : [])]);
  }
}

function nameAt(query: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = query[at]!; length > 0; length = query[at]!) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length).toLowerCase());
    at += length + 1;
  }
  return { name: labels.join('.'), end: at + 1 };
}

function addressRecord(host: string, type: number): Buffer[] {
  if (isIPv6(host)) return type === TYPES.aaaa ? [record(type, ipv6(host))] : [];
  return type === TYPES.a ? [record(type, Buffer.from(host.split('.').map(Number)))] : [];
}

function srvRecord(target: string, port: number): Buffer {
  const numbers = Buffer.alloc(6);
  numbers.writeUInt16BE(port, 4);
  const labels = target.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)]));
  return record(TYPES.srv, Buffer.concat([numbers, ...labels, Buffer.of(0)]));
}

/** For the name in the question, with no time to live. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function ipv6(host: string): Buffer {
  const [front = '', back] = host.split('::');
  const words = (text: string) => (text === '' ? [] : text.split(':').map((word) => Number.parseInt(word, 16)));
  const [first, last] = [words(front), back === undefined ? [] : words(back)];
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  const bytes = Buffer.alloc(16);
  for (const [i, word] of all.entries()) bytes.writeUInt16BE(word, 2 * i);
  return bytes;
}
