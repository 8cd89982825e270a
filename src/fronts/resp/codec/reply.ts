import type { Bytes } from '../../../core/model/bytes.js';

export type Protocol = 2 | 3;

/**
 * What a command answers, without a protocol: bytes and strings are bulk strings, numbers and bigints integers, null is
 * null, arrays are arrays. Everything else is tagged.
 */
export type Reply = Bytes | string | number | bigint | boolean | null | readonly Reply[] | TaggedReply;

export type TaggedReply =
  | { readonly kind: 'simple'; readonly text: string }
  /** The text starts with its code word; line breaks in it become spaces. */
  | { readonly kind: 'error'; readonly text: string | Bytes }
  | { readonly kind: 'map'; readonly pairs: readonly (readonly [Reply, Reply])[] }
  | { readonly kind: 'set'; readonly items: readonly Reply[] }
  | { readonly kind: 'push'; readonly items: readonly Reply[] }
  /** Answers that are messages: one for each thing that was named, and also to a client that wants no replies. */
  | { readonly kind: 'pushes'; readonly messages: readonly (readonly Reply[])[] }
  | { readonly kind: 'double'; readonly value: number }
  /** Plain text: a verbatim string in RESP3, a bulk string in RESP2. */
  | { readonly kind: 'verbatim'; readonly text: string }
  /** The null of EXEC: an array that is not there in RESP2. */
  | { readonly kind: 'null-array' }
  /** Already in wire format, made piecewise by a command that works in slices. */
  | { readonly kind: 'encoded'; readonly chunks: readonly Bytes[] };

export const OK: Reply = { kind: 'simple', text: 'OK' };
export const QUEUED: Reply = { kind: 'simple', text: 'QUEUED' };
export const NULL_ARRAY: Reply = { kind: 'null-array' };

export function simple(text: string): Reply {
  return { kind: 'simple', text };
}

export function errorReply(text: string | Bytes): Reply {
  return { kind: 'error', text };
}

export function mapReply(pairs: readonly (readonly [Reply, Reply])[]): Reply {
  return { kind: 'map', pairs };
}

/** The answers to SUBSCRIBE and its like are sent even where replies are not wanted. */
export function isPush(reply: Reply): boolean {
  return typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'pushes';
}
