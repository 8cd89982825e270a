/** What was wrong with the bytes that a peer sent. */
export type LinkProtocolCode = 'length' | 'checksum' | 'type' | 'payload';

/** The other end does not speak our protocol, or bytes were damaged on the way. The link cannot go on: it is closed. */
export class LinkProtocolError extends Error {
  override name = 'LinkProtocolError';

  constructor(
    readonly code: LinkProtocolCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The other end does not read: more is queued for it than a node may hold. The link is closed. */
export class LinkOverflowError extends Error {
  override name = 'LinkOverflowError';
  readonly code = 'overflow';
}

/** A dial came to nothing. `code` is the system's (`ECONNREFUSED`, `ENOTFOUND`, …), or `ETIMEDOUT` or `ECANCELED` of ours. */
export class DialError extends Error {
  override name = 'DialError';

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
