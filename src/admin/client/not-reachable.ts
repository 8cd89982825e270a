import { OperatorError } from '../../core/model/errors.js';
import { isError } from '../protocol/error-text.js';
import { TimedOut } from './timed-out.js';

/** No connection, or one that broke or fell silent. */
export function notReachable(address: string, cause: unknown): OperatorError {
  if (cause instanceof OperatorError) return cause;
  const why = isError(cause) ? reasonOf(cause) : String(cause);
  const distrust = isError(cause) ? distrustOf((cause as { code?: string }).code ?? '') : null;
  if (distrust !== null)
    return new OperatorError(
      'refused',
      `the node at ${address} and this command do not trust each other: ${why}`,
      distrust,
      { cause },
    );
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

/** What to do where one side has not shown what the other wants; null: it was something else. */
function distrustOf(code: string): string | null {
  if (
    code === 'MNEME-TLS-ONLY' ||
    code === 'MNEME-NO-CERTIFICATE' ||
    code === 'ENOTLS' ||
    /CERT|^ERR_SSL|ISSUER/.test(code)
  )
    return 'Give the authority of its cluster with --tls-ca PATH, and --tls-cert and --tls-key where it asks for a certificate.';
  if (code === 'MNEME-OPEN')
    return 'Leave out --secret-file, or while the cluster gets its secret add --secret-optional.';
  return code.startsWith('MNEME-') ? "Name the file of its cluster's secret with --secret-file PATH." : null;
}

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
