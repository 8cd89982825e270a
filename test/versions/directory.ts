import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { mneme, mnemeJson, NodeProcess, temporaryDirectory, until, untilInSync } from '../e2e/processes.js';

/** What a node held when its directory was recorded, as its commands said it. */
export interface Held {
  readonly entries: readonly object[];
  readonly history: readonly { readonly incident: string }[];
  readonly setAside: object;
  readonly settings: object;
  readonly users: object;
  readonly events: readonly { readonly seq: number }[];
}

const YEAR_2100_S = 4_102_444_800;

/** The directory of a node that went through much of what can happen to one, and what it held. No bigger than it has to be. */
export async function recordDirectory(folder: string): Promise<void> {
  const home = temporaryDirectory();
  const flags = ['--failure-timeout', '1s', '--on-heal', 'manual', '--allow-drills'];
  const [a, b] = ['a', 'b'].map((name) => new NodeProcess(name, join(home.path, name), flags)) as [
    NodeProcess,
    NodeProcess,
  ];
  try {
    await a.start();
    await b.start(a.address);
    await done(a, 'cluster', 'settings', 'set-aside-days', '3650');
    await fill(a);
    await splitAndMerge(a, b);
    await a.kill('SIGTERM');
    await compact(a.dir);
    await a.start();
    await goOn(a);
    writeFileSync(join(folder, 'held.json'), `${JSON.stringify(await heldBy(a), null, 1)}\n`);
    await a.kill('SIGKILL');
    for (const file of readdirSync(a.dir).filter((name) => /^(journal|snapshot)-|^node\.json$|^events$/.test(name)))
      cpSync(join(a.dir, file), join(folder, 'directory', file), { recursive: true });
  } finally {
    await Promise.all([a.kill(), b.kill()]);
    home.remove();
  }
}

/** Asked by the commands of now. */
export async function heldBy(node: NodeProcess): Promise<Held> {
  const at = ['--node', node.address];
  const { stdout } = await mneme(['entry', 'export', ...at]);
  const { incidents } = await mnemeJson<{ incidents: Held['history'] }>(['split-brain', 'history', ...at]);
  const { events } = await mnemeJson<{ events: Held['events'] }>(['events', '--since', '3650d', ...at]);
  return {
    entries: stdout
      .trim()
      .split('\n')
      .sort()
      .map((line) => JSON.parse(line) as object),
    history: incidents,
    setAside: await mnemeJson(['split-brain', 'show', 'latest', ...at]),
    settings: await mnemeJson(['cluster', 'settings', ...at]),
    users: await mnemeJson(['user', 'list', ...at]),
    events,
  };
}

export function clientOf({ address }: NodeProcess, options: { readonly db?: number } = {}): Redis {
  const [host = '', port = ''] = address.split(':');
  return new Redis({ host, port: Number(port), ...options });
}

// ---

async function done(node: NodeProcess, ...args: string[]): Promise<void> {
  const { code, stderr } = await mneme([...args, '--node', node.address]);
  if (code !== 0 && code !== 3) throw new Error(`mneme ${args.join(' ')} ended with ${code}: ${stderr}`);
}

async function fill(node: NodeProcess): Promise<void> {
  const client = clientOf(node);
  await client.set('plain', 'a value');
  await client.set('empty', '');
  await client.set(Buffer.from([0, 255, 128, 10]), Buffer.from([255, 0, 13, 10]));
  await client.set('long', 'Mneme '.repeat(1000));
  await client.set('ends in 2100', 'x', 'EXAT', YEAR_2100_S);
  await client.set('touched', 'x', 'EX', 60);
  await client.expireat('touched', YEAR_2100_S);
  await client.set('persisted', 'x', 'EX', 60);
  await client.persist('persisted');
  await client.set('deleted', 'x');
  await client.del('deleted');
  for (let i = 0; i < 3; i++) await client.incr('count');
  await client.select(3);
  await client.set('plain', 'of another database');
  client.disconnect();
}

async function splitAndMerge(a: NodeProcess, b: NodeProcess): Promise<void> {
  await untilInSync(a, b);
  await done(a, 'drill', 'partition', 'b');
  const state = async () => (await mnemeJson<{ state: string }>(['cluster', 'status', '--node', a.address])).state;
  await until('a and b are apart', async () => (await state()) === 'partition');
  for (const [node, value] of [
    [a, 'written by a'],
    [b, 'written by b'],
  ] as const) {
    const client = clientOf(node);
    await client.set('both', value);
    await client.set(`only ${value}`, value);
    client.disconnect();
  }
  await done(a, 'drill', 'heal');
  await until('there is a split-brain', async () => (await state()) === 'split-brain');
  await done(a, 'split-brain', 'merge', '--yes');
  await untilInSync(a, b);
}

/** A snapshot takes the place of its journal. */
async function compact(dir: string): Promise<void> {
  const engine = await openEmbeddedEngine({ dir });
  await engine.compact();
  await engine.close();
}

async function goOn(node: NodeProcess): Promise<void> {
  const client = clientOf(node);
  await client.set('after the snapshot', 'in the journal');
  await client.del('plain');
  client.disconnect();
  await done(node, 'cluster', 'settings', 'anonymous-clients', 'allow');
}
