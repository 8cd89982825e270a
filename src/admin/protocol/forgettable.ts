import { OperatorError } from '../../core/model/errors.js';
import { advice } from '../../hints/advice.js';
import type { LinkState } from './api.js';

/** A member is forgotten when it will not return: one that runs leaves. Asked before a person is, and by the node once more. */
export function requireSilence(name: string, address: string, link: LinkState, asked: string): void {
  if (link === 'down' || link === 'held') return;
  if (link === 'connecting') {
    const message = `whether ${name} is down is not known yet: it is waited for`;
    throw new OperatorError('refused', message, `mneme cluster status --watch --node ${asked}`);
  }
  const message = `${name} is alive (${link}): a member is forgotten when it will not return`;
  throw new OperatorError(
    'refused',
    message,
    advice(`mneme cluster leave --node ${address}`, `It takes ${name} out for good.`),
  );
}
