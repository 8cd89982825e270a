import { ANYBODY } from '../../access/identity.js';
import type { Session } from '../../session.js';

/** One line of CLIENT LIST, with the fields of Redis 7.0, and the names of the client's library, which 7.2 has. */
export function clientLine(session: Session, nowMs: number): string {
  const { transaction, connection } = session;
  const { input, output } = connection.pendingBytes;
  const fields: Record<string, string | number> = {
    id: session.id,
    addr: session.address,
    laddr: session.localAddress,
    fd: -1,
    name: session.name,
    age: secondsBetween(session.connectedMs, nowMs),
    idle: secondsBetween(session.lastCommandMs, nowMs),
    flags: flagsOf(session),
    db: session.database,
    sub: session.listening?.size('channels') ?? 0,
    psub: session.listening?.size('patterns') ?? 0,
    ssub: session.listening?.size('shards') ?? 0,
    multi: transaction === null ? -1 : transaction.queue.length,
    qbuf: input,
    'qbuf-free': 0,
    'argv-mem': 0,
    'multi-mem': transaction?.queuedBytes ?? 0,
    rbs: 0,
    rbp: 0,
    obl: 0,
    oll: 0,
    omem: output,
    'tot-mem': session.memoryBytes,
    events: 'r',
    cmd: session.lastCommand === '' ? 'NULL' : session.lastCommand,
    user: session.identity?.name ?? ANYBODY.name,
    redir: -1,
    resp: session.protocol,
    'lib-name': session.libraryName,
    'lib-ver': session.libraryVersion,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

// ---

function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, Math.floor((toMs - fromMs) / 1000));
}

/** As Redis: a monitor, a subscriber, inside MULTI, one that waits, one that is about to be closed; none of these. */
function flagsOf({ isMonitor, listening, transaction, waiting, ending }: Session): string {
  const flags = [
    isMonitor && 'O',
    listening !== null && 'P',
    transaction !== null && 'x',
    waiting !== null && 'b',
    ending && 'c',
  ];
  return flags.filter((flag) => flag !== false).join('') || 'N';
}
