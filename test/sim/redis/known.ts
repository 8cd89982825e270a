import type { Scenario } from './scenario.js';

/** A scenario without what the bridge is known not to stand yet; `--failing` has all of it. */
export function withoutKnown(plan: Scenario): Scenario {
  const { faults, applications, sites } = plan;
  const hasExpiries = applications.expiryChance > 0;
  return {
    ...plan,
    // A key that is deleted while the scan after a FLUSHALL runs, and that another site has changed, is taken for one that the
    // flush deleted: what the other site wrote stands, though the delete is later.
    applications: { ...applications, flushChance: sites > 1 ? 0 : applications.flushChance },
    faults: {
      ...faults,
      // A key that is evicted and written again within a millisecond can be read in between, and its eviction not be known yet:
      // it is taken for a delete, right before the write.
      limit: 0,
      // A value that came back with older data, and expires before the scan has compared it, is taken for one that was deleted.
      'restart-file': hasExpiries ? 0 : faults['restart-file'],
      'failover-behind': hasExpiries ? 0 : faults['failover-behind'],
    },
  };
}
