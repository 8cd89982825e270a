import type { IncomingMessage } from 'node:http';
import { OperatorError } from '../../../core/model/errors.js';

/** Some thousand picks. */
const BODY_BYTES_MAX = 1024 * 1024;

/** The JSON object that was sent. @throws OperatorError `usage` */
export async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  // A form of another page cannot say that it is JSON.
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new OperatorError('usage', 'what is sent has to be application/json');
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) throw tooLong();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) throw tooLong();
    chunks.push(chunk);
  }
  const value = parsed(Buffer.concat(chunks).toString('utf8'));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new OperatorError('usage', 'what was sent is no JSON object');
}

// ---

function tooLong(): OperatorError {
  return new OperatorError('usage', `more than ${BODY_BYTES_MAX} bytes were sent`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
