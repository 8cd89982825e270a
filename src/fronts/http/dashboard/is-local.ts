import type { IncomingMessage } from 'node:http';

/** Whether nothing that is sent leaves the machine. */
export function isLocal({ socket }: IncomingMessage): boolean {
  return /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '');
}
