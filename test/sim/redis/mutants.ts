import type { Mutant } from '../mutants.js';

const bridge = (name: string): string => `src/engines/redis/${name}.ts`;

/** Bugs that the simulator must find. One that is not caught shows that the simulator is too weak. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'no WATCH before an apply',
    file: bridge('apply'),
    find: "const watching = connection.send('WATCH', ...clientKeys);",
    replace: "const watching = connection.send('PING');",
    withinSeeds: 3,
  },
  {
    name: 'an apply does not compare',
    file: bridge('apply'),
    find: 'if (site.ledger.isBase(write.id, state, site.nowMs())) return true;',
    replace: 'if (state !== undefined) return true;',
    withinSeeds: 3,
  },
  {
    name: 'a value of the replication stream is taken, whatever was asked of its key meanwhile',
    file: bridge('told'),
    find: 'if (this.asked.has(id) || this.passing.has(id) || this.bytes',
    replace: 'if (this.bytes',
    withinSeeds: 20,
    capture: 'replica',
  },
  {
    name: 'an expiry in the replication stream is a delete of an evicted key',
    file: bridge('capture'),
    find: 'const wasEvicted = evictions.isOrdered || ledger.get(id)?.wanted === false;',
    replace: 'const wasEvicted = evictions.isOrdered || ledger.wanted >= 0;',
    withinSeeds: 10,
    capture: 'replica',
  },
  {
    name: 'a key that Redis lacked is set, whatever it holds by now',
    file: bridge('script-apply'),
    find: "connection.post(waiter, 'SET', key, bytes, 'NX');",
    replace: "connection.post(waiter, 'SET', key, bytes);",
    withinSeeds: 10,
  },
  {
    name: 'what is overridden is not set aside',
    file: bridge('conflicts'),
    find: '  if (overridden !== null) site.overrides',
    replace: '  if (overridden !== null && site.held.size < 0) site.overrides',
    withinSeeds: 3,
  },
  {
    name: 'attempts to connect do not back off',
    file: bridge('trouble'),
    find: '    this.retryMs = Math.min(RETRY_MS_MAX, waitMs * 2);',
    replace: '    this.retryMs = waitMs;',
    withinSeeds: 30,
  },
  {
    name: 'a scan holds the event loop while keys are looked at',
    file: bridge('shard'),
    find: 'this.scan !== null && !this.scan.isLooking',
    replace: 'this.scan !== null',
    withinSeeds: 14,
  },
];
