import { withClient } from '../../src/admin/client/client.js';
import type { EntryReply, IncidentView } from '../../src/admin/protocol/api.js';
import { replicaVerify } from '../../src/operations/replica/verify.js';
import { isInSync, mneme, statusOf } from '../e2e/processes.js';
import { type Aside, type Final, type Incident, idOf, type SetBack } from './history.js';
import type { Machine } from './machine.js';
import { memoryLosses } from './memory.js';

/** Whatever is waited for ends within that time once all is well again. */
const SETTLE_MS_MAX = 120_000;
const POLL_MS = 250;

/**
 * The network is whole, all nodes run, and an operator resolves what is left to him. Resolves once all members are in sync.
 * @param isAtRest nobody writes, so there is an end to what members lack of each other
 * @returns what did not come to an end; null: all did
 */
export async function settled(machines: readonly Machine[], isAtRest: boolean): Promise<string | null> {
  let why: string | null = null;
  for (const endMs = Date.now() + SETTLE_MS_MAX; Date.now() < endMs; ) {
    why = await whyNotSettled(machines, isAtRest).catch((error: Error) => error.message);
    if (why === null) return null;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return `after ${SETTLE_MS_MAX / 1000} s ${why}`;
}

export interface End {
  readonly finals: Record<string, Record<string, Final>>;
  readonly finalMs: number;
  readonly asides: readonly Aside[];
  readonly incidents: readonly Incident[];
  /** Of nodes that keep nothing. */
  readonly losses: readonly SetBack[];
  /** What `mneme replica verify --values` found. */
  readonly differences: readonly string[];
}

/** What all nodes have when nobody writes any more. Short expiries may differ for a moment: then it is looked at again. */
export async function endOf(machines: readonly Machine[], keys: readonly string[]): Promise<End> {
  for (const lastMs = Date.now() + SETTLE_MS_MAX / 4; ; ) {
    const all = await withClient(machines[0]!.address, (client) => client.call('INCIDENTS', {}));
    const finals: Record<string, Record<string, Final>> = {};
    const asides: Aside[] = [];
    for (const machine of machines) {
      const replies = await entriesAt(machine, keys);
      finals[machine.name] = Object.fromEntries([...replies].map(([key, reply]) => [key, finalOf(reply)]));
      if (machine === machines[0])
        asides.push(...[...replies].flatMap(([key, reply]) => asidesOf(key, reply, all.incidents)));
    }
    const { state, differences } = await replicaVerify(machines[0]!.address, { values: true });
    const isSame = new Set(Object.values(finals).map((keysOf) => JSON.stringify(keysOf))).size === 1;
    if ((isSame && state === 'same') || Date.now() > lastMs) {
      const told =
        state === 'same' ? [] : [`replica verify says ${state}: ${JSON.stringify(differences).slice(0, 2000)}`];
      const incidents = incidentsOf(all.incidents);
      const losses = memoryLosses(machines, all.incidents);
      return { finals, finalMs: Date.now(), asides, incidents, losses, differences: told };
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

// ---------------------------------------------------------------------------------------------------------------------

async function whyNotSettled(machines: readonly Machine[], isAtRest: boolean): Promise<string | null> {
  for (const { name, address } of machines) {
    const status = await statusOf(address);
    const { self, members, incidents, settings } = status;
    if (incidents.length > 0 && settings['on-heal'] === 'manual') await merge(machines);
    if (self.state !== 'serving') return `${name} is ${self.state}: ${JSON.stringify(status.problems)}`;
    const isTogether = incidents.length === 0 && members.every(({ link }) => link === 'self' || link === 'in-sync');
    if (members.length !== machines.length || !(isAtRest ? isInSync(status) : isTogether)) {
      const links = members.map((one) => `${one.name} ${one.link}, lag ${one.lagWrites}`).join('; ');
      return `${name} sees ${links}; incidents ${JSON.stringify(incidents)}`;
    }
  }
  return null;
}

function incidentsOf(incidents: readonly IncidentView[]): Incident[] {
  return incidents.flatMap(({ id, islands, separatedMs, detectedMs, resolvedMs, strategy }) => {
    if (resolvedMs === null || !/^(merge|promote|$)/.test(strategy ?? '')) return [];
    return [{ id, strategy, islands: islands.map(({ members }) => members), separatedMs, detectedMs, resolvedMs }];
  });
}

/** One that cannot, since its directory was put back, names another. */
async function merge(machines: readonly Machine[]): Promise<void> {
  for (const { address } of machines) {
    const { code } = await mneme(['split-brain', 'merge', '--yes', '--node', address]);
    if (code === 0) return;
  }
}

async function entriesAt({ address }: Machine, keys: readonly string[]): Promise<Map<string, EntryReply>> {
  return withClient(address, async (client) => {
    const replies = new Map<string, EntryReply>();
    for (const key of keys) {
      const keyBase64 = Buffer.from(key).toString('base64');
      replies.set(key, await client.call('ENTRY', { database: 0, keyBase64 }));
    }
    return replies;
  });
}

function finalOf({ entry, live }: EntryReply): Final {
  if (entry === null || !live) return { id: null };
  return { id: idOf(Buffer.from(entry.previewBase64 ?? '', 'base64').toString()) };
}

function asidesOf(key: string, { setAside }: EntryReply, incidents: readonly IncidentView[]): Aside[] {
  const incidentOf = (id: string | undefined) => incidents.find((one) => one.id === id);
  return setAside.map(({ incident, overridden: { tombstone, previewBase64, hlc, origin } }) => ({
    key,
    id: tombstone ? null : idOf(Buffer.from(previewBase64 ?? '', 'base64').toString()),
    version: { hlc, origin },
    undoneMs: incidentOf(incidentOf(incident)?.undoes?.incident)?.resolvedMs ?? undefined,
  }));
}
