import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shown } from '../../../src/admin/client/dial.js';
import { openTrust } from '../../../src/links/open-trust.js';
import { hashPassword } from '../../../src/node/access/password-hash.js';
import { Authority } from '../../links/certificates.js';
import { type Member, membersOf, startMembers, untilInSync } from '../cluster.js';
import type { Measured, Series } from '../figures.js';
import { fill } from '../pipeline.js';
import { freePort, portOf } from '../probes.js';
import { type Load, type LoadResult, runLoad } from '../redis-benchmark.js';
import { NO_PERSISTENCE, redisBenchmarkVersion } from '../redis-server.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';
import { CONNECTIONS, VALUE_BYTES } from '../workload.js';

const COMMANDS = ['set', 'get'] as const;
const PIPELINES = [
  { pipeline: 1, requests: 100_000 },
  { pipeline: 16, requests: 500_000 },
] as const;

const USER = { name: 'app', password: 'of the bench' };

type Results = Record<string, LoadResult>;

/** One server, by its port with TLS and the one without. */
interface Subject {
  readonly name: string;
  readonly tls: number;
  readonly plain: number;
}

export const tlsScenario: Scenario = {
  number: 14,
  name: 'tls',
  title:
    'GET and SET of 100-byte values over 50 TLS connections, against redis-server with TLS, and each against itself without; three nodes with TLS, a secret and a user',
  runs: 3,
  async measure(stage) {
    if (redisBenchmarkVersion() === null) {
      stage.leaveOut('redis-benchmark, the load of this scenario', 'not installed');
      return [];
    }
    stage.note(
      `redis-benchmark --tls, ${CONNECTIONS} connections, ${VALUE_BYTES} bytes, TLS 1.3, memory only, two cores for all`,
    );
    const files = new Authority().files(stage.directory(), 'bench');
    const subjects = [await startNode(stage, files), ...(await startRedis(stage, files))];
    const keys = stage.size(1_000_000, 5000);
    for (const { plain } of subjects) await fill(plain, keys);
    const figures: Measured[] = [];
    for (const { pipeline, requests } of PIPELINES) {
      stage.progress(`pipeline ${pipeline}`);
      const load = { commands: COMMANDS, requests: stage.size(requests, requests / 25), keys, pipeline };
      const ports = subjects.flatMap(({ tls, plain }) => [
        { port: tls, tlsCa: files.ca },
        { port: plain, tlsCa: null },
      ]);
      for (const one of ports) await runLoad({ ...load, ...one, requests: load.requests / 5 });
      const results = await inTurn<Results>(
        stage.runs,
        ports.map((one) => () => runLoad({ ...load, ...one })),
      );
      for (const command of COMMANDS) figures.push(...figuresOf(command, pipeline, subjects, results));
    }
    return [...figures, ...(await ofThreeNodes(stage, files, keys))];
  },
};

// ---

/** SET on one of three durable nodes: all by TLS, with a secret between them and a user, against three that ask nobody. */
async function ofThreeNodes(stage: Stage, { cert, key, ca }: Files, keys: number): Promise<Measured[]> {
  const secretFile = join(stage.directory(), 'secret');
  writeFileSync(secretFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  const trust = shown(openTrust({ secretFile, tlsCa: ca }, false));
  const flags = ['--secret-file', secretFile, '--tls-cert', cert, '--tls-key', key, '--tls-ca', ca];
  const passport = { trust, credentials: () => null };
  const before = await startMembers(stage, ['a', 'b', 'c'], [], { guarded: { flags, passport } });
  const password = await hashPassword(Buffer.from(USER.password));
  await before[0]!.admin.call('USER', { action: 'add', name: USER.name, role: 'admin', password });
  const nodes = before.map(({ node }) => node);
  const guarded = await membersOf(stage, nodes, { trust, credentials: () => USER });
  const open = await startMembers(stage, ['d', 'e', 'f']);
  const figures: Measured[] = [];
  for (const { pipeline, requests } of PIPELINES) {
    stage.progress(`three nodes, pipeline ${pipeline}`);
    const load = { commands: ['set'] as const, requests: stage.size(requests, requests / 25), keys, pipeline };
    const on = (members: readonly Member[], how: Partial<Load>) => async () => {
      const results = await runLoad({ ...load, port: portOf(members[0]!.node.address), ...how });
      await untilInSync(members);
      return results.set!.opsPerSecond;
    };
    const [ofGuarded = [], ofOpen = []] = await inTurn(stage.runs, [
      on(guarded, { tlsCa: ca, user: USER }),
      on(open, {}),
    ]);
    figures.push({
      figure: `SET P=${pipeline} on one of three`,
      unit: 'ops/s',
      of: { name: 'TLS, secret, user', values: ofGuarded },
      against: { name: 'none of them', values: ofOpen },
    });
  }
  return figures;
}

type Files = ReturnType<Authority['files']>;

async function startNode(stage: Stage, { cert, key, ca }: Files): Promise<Subject> {
  const plain = await freePort();
  const flags = ['--tls-cert', cert, '--tls-key', key, '--tls-ca', ca, '--listen-plain', `127.0.0.1:${plain}`];
  const node = await stage.startNode('tls', { memoryOnly: true, flags });
  return { name: 'mneme', tls: portOf(node.address), plain };
}

/** None where it is not installed. */
async function startRedis(stage: Stage, { cert, key, ca }: Files): Promise<Subject[]> {
  const tls = await freePort();
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', ca];
  const redis = await stage.startRedis([
    ...NO_PERSISTENCE,
    ...['--tls-port', String(tls), ...files, '--tls-auth-clients', 'no', '--tls-protocols', 'TLSv1.3'],
  ]);
  return redis === null ? [] : [{ name: 'redis', tls, plain: redis.port }];
}

/** Results come by subject, with TLS and without in turn. */
function figuresOf(
  command: (typeof COMMANDS)[number],
  pipeline: number,
  subjects: readonly Subject[],
  results: readonly Results[][],
): Measured[] {
  const what = `${command.toUpperCase()} P=${pipeline}`;
  const series = (at: number, name: string, field: keyof LoadResult): Series | undefined =>
    results[at] === undefined ? undefined : { name, values: results[at].map((run) => run[command]![field]) };
  const [ours, theirs] = [series(0, 'mneme', 'opsPerSecond')!, series(2, 'redis', 'opsPerSecond')];
  const shares = subjects.map(({ name }, i) => ({
    figure: `${what}: ${name} with TLS against itself without`,
    unit: 'ops/s' as const,
    of: series(2 * i, 'tls', 'opsPerSecond')!,
    against: series(2 * i + 1, 'plain', 'opsPerSecond'),
  }));
  return [
    { figure: `${what}, TLS`, unit: 'ops/s', of: ours, against: theirs },
    { figure: `${what}, TLS: p99`, unit: 'ms', of: series(0, 'mneme', 'p99Ms')!, against: series(2, 'redis', 'p99Ms') },
    ...shares,
  ];
}
