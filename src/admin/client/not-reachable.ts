import { OperatorError } from '../../core/model/errors.js';
import { isError } from '../protocol/error-text.js';
import { TimedOut } from './connection.js';

/** No connection, or one that broke or fell silent. */
export function notReachable(address: string, cause: unknown): OperatorError {
  if (cause instanceof OperatorError) return cause;
  const why = isError(cause) ? reasonOf(cause) : String(cause);
  return new OperatorError(
    'not-reachable',
    `no node answers at ${address} (${why})`,
    cause instanceof TimedOut ? LONGER : HINT,
    {
      cause,
    },
  );
}

const HINT = 'Start the node with mneme cluster start on its machine, or name another member with --node ADDRESS.';
const LONGER = 'Name another member with --node ADDRESS, or give this one longer with --timeout 30s.';

function reasonOf(error: Error & { code?: string }): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
      return 'unknown host';
    case 'EAI_AGAIN':
      return 'the name of the host cannot be looked up now';
    case 'EHOSTUNREACH':
      return 'there is no way to this host';
    case 'ENETUNREACH':
      return 'there is no way to this network';
    case 'ETIMEDOUT':
      return 'the connection does not come up';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'connection broken';
  }
  if (/RESP type/.test(error.message)) return 'it does not speak the Redis protocol';
  if (/timed?\s?out/i.test(error.message)) return 'no answer in time';
  return /closed/i.test(error.message) ? 'connection closed' : error.message;
}
