import { type AdminClient, connectClient, withClient } from '../../admin/client/client.js';
import type { StatusReply, VectorJson } from '../../admin/protocol/api.js';
import { connectChecked, type Survey, surveyCluster } from '../common/survey.js';

/** An island of members that do not hear the others, and one of them that answers here. */
export interface IslandApart {
  /** In order of their names. */
  members: readonly string[];
  replicas: readonly string[];
  speaker: StatusReply;
  client: AdminClient;
  vector: VectorJson;
}

/**
 * Use a connection to one member of each island that answers here. What the islands are is what their members say: who hears whom.
 * The members that were asked speak first, in the order of the islands.
 */
export async function withIslands<T>(
  survey: Survey,
  reachedAt: ReachedAt,
  use: (islands: IslandApart[]) => Promise<T>,
): Promise<T> {
  const islands: IslandApart[] = [];
  try {
    for (const speaker of speakersOf(survey)) islands.push(await islandOf(speaker, reachedAt));
    return await use(islands);
  } finally {
    for (const { client } of islands) client.close();
  }
}

/** One for each island: of those that name the same members, the first. */
function speakersOf({ asked, answers }: Survey): StatusReply[] {
  const speakers: StatusReply[] = [];
  for (const reply of [asked, ...answers])
    if (!speakers.some(({ island }) => island.includes(reply.self.name))) speakers.push(reply);
  return speakers.sort((a, b) => ((a.island[0] ?? '') < (b.island[0] ?? '') ? -1 : 1));
}

/** Where members answer here, by their replicas: a member may advertise an address that cannot be reached from here. */
export type ReachedAt = ReadonlyMap<string, string>;

/**
 * Asks all members, and whoever is at the other addresses: when the network is cut, the operator's machine may know other ways.
 * The first address must answer; of the others only those in the same cluster count.
 */
export async function surveyFrom(addresses: readonly string[]): Promise<{ survey: Survey; reachedAt: ReachedAt }> {
  const [first, ...others] = addresses;
  const survey = await surveyCluster(first!);
  const reachedAt = new Map([[survey.asked.self.replica, survey.askedAddress]]);
  const beside = await Promise.all(others.map((address) => statusAt(address)));
  for (const [at, reply] of beside.entries()) {
    if (reply === null || reply.clusterId !== survey.asked.clusterId) continue;
    const { replica } = reply.self;
    reachedAt.set(replica, others[at]!);
    if (survey.answers.some(({ self }) => self.replica === replica)) continue;
    survey.answers.push(reply);
    survey.silent.splice(0, survey.silent.length, ...survey.silent.filter((one) => one.replica !== replica));
  }
  return { survey, reachedAt };
}

// ---

async function statusAt(address: string): Promise<StatusReply | null> {
  return withClient(address, (client) => client.call('STATUS', {})).catch(() => null);
}

async function islandOf(speaker: StatusReply, reachedAt: ReachedAt): Promise<IslandApart> {
  const self = speaker.members.find(({ link }) => link === 'self')!;
  const address = reachedAt.get(self.replica);
  const client = address === undefined ? await connectChecked(self) : await connectClient(address);
  const { vector } = await client.call('REPLICA', {}).catch((error: unknown) => {
    client.close();
    throw error;
  });
  const replicas = speaker.members.filter(({ name }) => speaker.island.includes(name)).map(({ replica }) => replica);
  return { members: speaker.island, replicas, speaker, client, vector };
}
