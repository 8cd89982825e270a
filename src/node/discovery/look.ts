import type { Presence } from '../../core/membership/presence.js';
import { harmless } from '../../core/model/names.js';
import { type DialError, LinkProtocolError } from '../../links/errors.js';
import { type LinkHandlers, LinkTransport } from '../../links/tcp.js';
import type { Trust } from '../../links/trust.js';

/**
 * Ask whoever is at an address who it is. `from`: what this node says of itself meanwhile; null: nothing.
 * Rejects with an Error whose message tells an operator why there is no answer.
 */
export function look(address: string, from: Presence | null, timeoutMs: number, trust: Trust): Promise<Presence> {
  return new Promise((resolve, reject) => {
    const handlers: LinkHandlers = {
      onUp: (link) => link.send({ type: 'look', from }),
      onMessage: (_link, message) => {
        if (message.type === 'present') end(null, message.presence);
        else if (message.type === 'refuse')
          end(new Error(`it does not let this node in: ${harmless(message.message)}`));
      },
      onDown: (_link, error) => end(new Error(reasonOfEnd(error))),
      onDialFailed: (_address, error) => end(new Error(reasonOfDial(error, timeoutMs))),
    };
    const transport = new LinkTransport(handlers, {}, undefined, trust, from?.replica ?? null);
    const end = (failure: Error | null, presence?: Presence): void => {
      clearTimeout(late);
      if (failure === null && presence !== undefined) resolve(presence);
      else reject(failure);
      void transport.closeAll();
    };
    const late = setTimeout(() => end(new Error(silent(timeoutMs))), timeoutMs);
    transport.dial(address, timeoutMs);
  });
}

// ---------------------------------------------------------------------------------------------------------------------

function reasonOfEnd(error: Error | null): string {
  if (error instanceof LinkProtocolError) return 'what answers there is no Mneme node';
  return error === null ? 'it closed the connection without an answer' : `the connection broke: ${error.message}`;
}

function reasonOfDial({ code, message }: DialError, timeoutMs: number): string {
  if (code === 'ETIMEDOUT') return silent(timeoutMs);
  if (code === 'ECONNREFUSED') return 'the connection is refused: no node runs there';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name has no address';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'there is no way to that host';
  return message;
}

function silent(timeoutMs: number): string {
  return `no answer in ${timeoutMs / 1000} s`;
}
