import type { Session } from '../../session.js';

/** One line of CLIENT LIST, with the fields of Redis that clients and operators read. */
export function clientLine(session: Session, nowMs: number): string {
  const fields: Record<string, string | number> = {
    id: session.id,
    addr: session.address,
    laddr: session.localAddress,
    fd: -1,
    name: session.name,
    age: secondsBetween(session.connectedMs, nowMs),
    idle: secondsBetween(session.lastCommandMs, nowMs),
    flags: session.transaction === null ? 'N' : 'x',
    db: session.database,
    sub: 0,
    psub: 0,
    ssub: 0,
    multi: session.transaction === null ? -1 : session.transaction.queue.length,
    watch: session.watched.size,
    'tot-mem': session.memoryBytes,
    cmd: session.lastCommand === '' ? 'NULL' : session.lastCommand,
    user: 'default',
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
