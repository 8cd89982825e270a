import type { NodePort } from './site.js';
import type { RedisTarget } from './target.js';

/** The records of a node of what a Redis holds. */
const ABOUT_REDIS = 'redis/';
const SCOPE = 'redis/scope';

/**
 * All that a node remembers of its Redis is of the keys of one database and one prefix. With another one it knows nothing of
 * what Redis holds: it is attached for the first time, so that what it does not see is not taken for deleted.
 */
export function forgetOtherScope({ storage, log }: NodePort, { database, prefix }: RedisTarget): void {
  const scope = `${database} ${prefix.toString('base64')}`;
  const known = storage.getMeta(SCOPE);
  if (known === scope) return;
  if (typeof known === 'string') {
    for (const name of storage.metaNames(ABOUT_REDIS)) storage.setMeta(name, undefined);
    const keys = `${prefix.toString()}* of database ${database}`;
    log('info', `this node replicated other keys of Redis before: the keys ${keys} are compared as at a first attach`);
  }
  storage.setMeta(SCOPE, scope);
}
