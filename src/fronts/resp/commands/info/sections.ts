import type { Context } from '../../session.js';
import type { KeyCount } from '../key-counts.js';
import { clientsSection, persistenceSection, replicationSection, serverSection, statsSection } from './facts.js';
import { keyspaceSection } from './keyspace-section.js';
import { cpuSection, memorySection, withReadableSizes } from './resources.js';
import { commandstatsSection, errorstatsSection } from './statistics.js';

export type Section = Record<string, string | number>;
export type Sections = Record<string, Section>;

/** Redis' sections first; a section of the node's with one of their names adds to it. */
export function sectionsOf(context: Context, counts: readonly KeyCount[]): Sections {
  const sections: Sections = {
    Server: serverSection(context),
    Clients: clientsSection(context),
    Memory: memorySection(context),
    Persistence: persistenceSection(context),
    Stats: statsSection(context),
    Replication: replicationSection(),
    CPU: cpuSection(),
    Modules: {},
    Commandstats: commandstatsSection(context),
    Errorstats: errorstatsSection(context),
    Cluster: { cluster_enabled: 0 },
    Keyspace: keyspaceSection(counts),
  };
  for (const [name, fields] of Object.entries(context.keyspace.info())) {
    const known = Object.keys(sections).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
    sections[known ?? name] = { ...sections[known ?? name], ...fields };
  }
  sections.Memory = withReadableSizes(sections.Memory!);
  return sections;
}
