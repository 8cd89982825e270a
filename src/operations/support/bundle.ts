import { gzipSync } from 'node:zlib';
import { type AdminClient, withClient } from '../../admin/client/client.js';
import type { EventsReply, StatusReply } from '../../admin/protocol/api.js';
import { errorText } from '../../admin/protocol/error-text.js';
import type { ByteSink } from '../common/byte-sink.js';
import { surveyCluster } from '../common/survey.js';
import { examine } from '../doctor/doctor.js';
import { TAR_END, tarFile } from './tar.js';
import { eventWithoutKeys, withoutKeys } from './without-keys.js';

export interface BundleOptions {
  /** Keys of clients may be in it. Values never are. */
  readonly keys: boolean;
  readonly nowMs: number;
  /** Of the program that asks, and its machine. */
  readonly about: Readonly<Record<string, unknown>>;
}

export interface Bundle {
  /** Names of what is in it. */
  readonly files: readonly string[];
  /** Members that are in it with all that was asked, and why others are not. */
  readonly members: readonly string[];
  readonly problems: readonly string[];
}

/** Of each node, the latest so many. */
const EVENTS = 5000;

/**
 * What a maintainer asks for, as a tar.gz: of each member that answers, one after the other, so that one member's part is in memory at a time.
 * @throws OperatorError `not-reachable` if the node itself does not answer
 */
export async function supportBundle(address: string, sink: ByteSink, options: BundleOptions): Promise<Bundle> {
  const archive = new Archive(sink, options);
  const survey = await surveyCluster(address);
  const problems = survey.silent.map(({ name, problem }) => `${name}: ${problem}`);
  await archive.json('about.json', { ...options.about, keys: options.keys, members: survey.answers.length });
  await archive.json(
    'doctor.json',
    await examine(address, []).catch((error: unknown) => ({ error: errorText(error) })),
  );
  await archive.json('silent.json', survey.silent);
  const members: string[] = [];
  for (const { self } of survey.answers) {
    const isAsked = self.replica === survey.asked.self.replica;
    try {
      await withClient(isAsked ? survey.askedAddress : self.address, (client) => memberPart(client, self, archive));
      members.push(self.name);
    } catch (error) {
      const isBegun = archive.names.some((name) => name.startsWith(`${self.name}/`));
      problems.push(`${isBegun ? `the rest of ${self.name}` : self.name}: ${errorText(error)}`);
    }
  }
  await archive.end();
  return { files: archive.names, members, problems };
}

// ---

/** A gzip member for each file: together they are one archive (RFC 1952, section 2.2). */
class Archive {
  readonly names: string[] = [];

  constructor(
    private readonly sink: ByteSink,
    private readonly options: BundleOptions,
  ) {}

  get hasKeys(): boolean {
    return this.options.keys;
  }

  json(name: string, value: unknown): Promise<void> {
    return this.text(name, `${JSON.stringify(this.hasKeys ? value : withoutKeys(value), null, 2)}\n`);
  }

  async text(name: string, text: string): Promise<void> {
    this.names.push(name);
    await this.sink(gzipSync(tarFile(`mneme-support/${name}`, Buffer.from(text), this.options.nowMs)));
  }

  async end(): Promise<void> {
    await this.sink(gzipSync(TAR_END));
  }
}

async function memberPart(client: AdminClient, { name }: StatusReply['self'], archive: Archive): Promise<void> {
  await archive.json(`${name}/status.json`, await client.call('STATUS', {}));
  const { figures, limits, ...machine } = await client.call('SUPPORT', {});
  await archive.json(`${name}/machine.json`, machine);
  if (limits !== null) await archive.text(`${name}/limits.txt`, limits);
  await archive.text(`${name}/metrics.txt`, figures.map(figureLine).join(''));
  await archive.json(`${name}/health.json`, await client.call('HEALTH', {}));
  await archive.json(`${name}/replica.json`, await client.call('REPLICA', {}));
  await archive.json(`${name}/incidents.json`, await client.call('INCIDENTS', {}));
  const { events, remarks } = await latestEvents(client);
  const shown = archive.hasKeys ? events : events.map(eventWithoutKeys);
  await archive.text(`${name}/events.ndjson`, lines(shown));
  await archive.text(`${name}/remarks.ndjson`, lines(remarks));
}

async function latestEvents(client: AdminClient): Promise<Required<Pick<EventsReply, 'events' | 'remarks'>>> {
  let events: EventsReply['events'] = [];
  for (let after = 0; ; ) {
    const reply = await client.call('EVENTS', { after, remarks: true });
    events = [...events, ...reply.events].slice(-EVENTS);
    after = reply.next;
    if (!reply.hasMore) return { events, remarks: reply.remarks ?? [] };
  }
}

function figureLine({ name, labels, value }: { name: string; labels: Record<string, string>; value: number }): string {
  const shown = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
  return `${name}${shown.length === 0 ? '' : `{${shown.join(',')}}`} ${value}\n`;
}

function lines(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
