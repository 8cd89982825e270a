import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { EngineView, StatusReply } from '../../src/admin/protocol/api.js';
import type { HealthReply } from '../../src/admin/protocol/health.js';
import type { RunningNode } from '../../src/operations/cluster/node-options.js';
import { assessSurvey } from '../../src/operations/cluster/status.js';
import { type Survey, surveyCluster } from '../../src/operations/common/survey.js';
import { CHECKS, type Patient } from '../../src/operations/doctor/checks.js';
import { examine } from '../../src/operations/doctor/doctor.js';
import { runNode } from '../../src/operations/start/run-node.js';
import { ATTACHED } from '../cli/fixtures.js';
import { newDirectory } from '../engines/support/directories.js';

const HOUR_MS = 3_600_000;
const GIB = 2 ** 30;

/** With no neighbours: a start looks at those, and other tests have nodes of the same name. */
const ownDirectory = () => `${newDirectory()}/data`;

const running: RunningNode[] = [];
/** What two nodes that are well say of themselves. */
let survey: Survey;
const WELL: HealthReply = {
  disk: { freeBytes: 20 * GIB, totalBytes: 40 * GIB, syncsMs: [1, 2, 3], problem: null },
  files: { limit: 1_048_576, open: 40 },
  clients: { now: 3, most: 10_000 },
  lateMs: { median: 0.1, most: 12 },
  memory: { residentBytes: GIB / 10, machineBytes: 8 * GIB, machineFreeBytes: 6 * GIB },
  machine: { cores: 2, load: 0.4 },
};

async function start(name: string, join?: string): Promise<RunningNode> {
  const place = { name, listen: '127.0.0.1:0', dir: ownDirectory() };
  const joins = join === undefined ? {} : { join: [join] };
  const one = await runNode({ ...place, ...joins, log: () => {} });
  running.push(one);
  await one.inSync;
  return one;
}

beforeAll(async () => {
  const a = await start('a');
  await start('b', a.address);
  survey = await surveyCluster(a.address);
}, 60_000);

afterAll(async () => {
  await Promise.all(running.map((one) => one.stop()));
});

type Change = (reply: StatusReply) => void;

/** What a check finds at a and b once this has been changed in what they say, or in the health of b. */
function found(
  check: string,
  change: { status?: Change; health?: Partial<HealthReply>; silent?: Survey['silent'] },
): string[] {
  const changed = structuredClone(survey);
  if (change.status !== undefined) for (const reply of changed.answers) change.status(reply);
  if (change.silent !== undefined) {
    changed.silent = change.silent;
    changed.answers = changed.answers.filter(({ self }) => !change.silent!.some(({ name }) => name === self.name));
  }
  changed.asked = changed.answers[0]!;
  const health = new Map([
    ['a', WELL],
    ['b', { ...WELL, ...change.health }],
  ]);
  const patient: Patient = { survey: changed, status: assessSurvey(changed), health };
  return CHECKS.find(({ name }) => name === check)!
    .find(patient)
    .map(({ text }) => text);
}

/** What b says of a, or a of b. */
function seen(from: string, change: (member: StatusReply['members'][0]) => void): Change {
  return ({ self, members }) => {
    if (self.name === from) for (const member of members) if (member.link !== 'self') change(member);
  };
}

test('a cluster that is well has no findings, whatever is looked at', () => {
  for (const { name } of CHECKS) expect([name, ...found(name, {})]).toEqual([name]);
});

test('the nodes themselves are asked, and single checks can be named', async () => {
  const diagnosis = await examine(running[0]!.address, ['clocks', 'disk']);
  expect(diagnosis.members).toEqual(['a', 'b']);
  expect(diagnosis.checks).toEqual(['clocks', 'disk']);
  await expect(examine(running[0]!.address, ['disc'])).rejects.toMatchObject({
    code: 'usage',
    message: '"disc" is no check. Did you mean disk?',
  });
});

test('several doctors at a time do not get in each other’s way', async () => {
  const { address } = running[0]!;
  const all = await Promise.all(Array.from({ length: 4 }, () => examine(address, ['disk'])));
  expect(all.flatMap(({ findings }) => findings.filter(({ text }) => text.includes('cannot write')))).toEqual([]);
});

describe('it finds', () => {
  test('a member that is silent, and whether others hear it', () => {
    const silent = [{ name: 'b', address: '10.0.0.2:7379', replica: 'x', problem: 'no answer within 5 s' }];
    expect(found('answers', { silent })).toEqual([
      'b at 10.0.0.2:7379 does not answer here: no answer within 5 s; a hear it',
    ]);
  });

  test('a link that is cut both ways, or one way', () => {
    const down = (member: StatusReply['members'][0]) => Object.assign(member, { link: 'down', stateSinceMs: 5000 });
    const both: Change = (reply) => [seen('a', down), seen('b', down)].forEach((one) => void one(reply));
    expect(found('reach', { status: both })).toEqual(['a and b do not reach each other, for 5.0 s']);
    expect(found('reach', { status: seen('b', down) })).toEqual(['b does not hear a, though a hears b, for 5.0 s']);
  });

  test('a member at an address of its own machine, where others are elsewhere; and one address twice', () => {
    const moved =
      (address: string): Change =>
      ({ members }) => {
        for (const member of members) if (member.name === 'a') member.address = address;
      };
    expect(found('addresses', { status: moved('10.0.0.1:7379') })).toEqual([
      expect.stringMatching(/^b says that it is at 127\.0\.0\.1:\d+, where members on other machines do not find it$/),
    ]);
    const { address } = survey.answers[0]!.members.find(({ name }) => name === 'b')!;
    expect(found('addresses', { status: moved(address) })).toEqual([`a and b are both listed at ${address}`]);
  });

  test('clocks that are apart', () => {
    const ahead = (ms: number) => (member: StatusReply['members'][0]) =>
      void Object.assign(member, { clockSkewMs: ms });
    const status: Change = (reply) => [seen('a', ahead(300)), seen('b', ahead(-300))].forEach((one) => void one(reply));
    expect(found('clocks', { status })).toEqual([
      expect.stringMatching(/^the clock of b is 0\.3 s ahead of that of a; at .* they stop replicating$/),
    ]);
  });

  test('a member that is away for long, and what it costs', () => {
    const silent = [{ name: 'b', address: '127.0.0.1:1', replica: 'x', problem: 'refused' }];
    const status: Change = (reply) => {
      reply.self.logRows = 7;
      seen('a', (member) => Object.assign(member, { link: 'down', stateSinceMs: 5 * HOUR_MS }))(reply);
    };
    expect(found('away', { status, silent })).toEqual([
      'b is away for 5 h; until it is back, the others keep for it what it missed: up to 7 writes and 0 deletes',
    ]);
  });

  test('two members of whom neither has a majority', () => {
    const status: Change = ({ settings }) => void Object.assign(settings, { 'partition-mode': 'majority' });
    expect(found('quorum', { status })).toHaveLength(1);
  });

  test('versions that differ', () => {
    const status: Change = ({ self }) => void Object.assign(self, { version: self.name === 'a' ? '1.0.0' : '1.1.0' });
    expect(found('versions', { status })).toEqual(['versions differ: a: 1.0.0; b: 1.1.0']);
  });

  test('a disk that is full, slow, or takes nothing', () => {
    const disk = WELL.disk!;
    expect(found('disk', { health: { disk: { ...disk, freeBytes: GIB } } })).toEqual([
      'b: 1.0 GiB of the 40 GiB of its disk are free',
    ]);
    expect(found('disk', { health: { disk: { ...disk, syncsMs: [1, 120, 130] } } })).toEqual([
      'b: making a write durable takes 0.1 s (median of 3)',
    ]);
    expect(
      found('disk', { health: { disk: { ...disk, syncsMs: [], problem: 'no space left on the device (ENOSPC)' } } }),
    ).toEqual([expect.stringMatching(/^b cannot write into .*: no space left on the device \(ENOSPC\)$/)]);
    const status: Change = ({ self }) => void Object.assign(self, { diskBytes: 30 * GIB });
    expect(found('disk', { status })).toHaveLength(2);
  });

  test('trust: a certificate that ends, or has, and a secret that others can read', () => {
    const day = 86_400_000;
    const certificate = (days: number) => ({ path: '/c.pem', endsMs: survey.asked.nowMs + days * day });
    const of = (days: number, openSecretFile: string | null = null) =>
      found('trust', { health: { trust: { certificate: certificate(days), openSecretFile } } });
    expect(of(40)).toEqual([]);
    expect(of(20)).toEqual([expect.stringMatching(/^b: its certificate ends on \d{4}-\d\d-\d\d/)]);
    expect(of(-1)).toEqual([expect.stringMatching(/^b: its certificate has ended, on /)]);
    expect(of(40, '/s')).toEqual([expect.stringMatching(/^b: others can read \/s, the cluster's secret/)]);
    const open = { certificate: certificate(40), openSecretFile: null, openKeyFile: '/k' };
    expect(found('trust', { health: { trust: open } })).toEqual([
      expect.stringMatching(/^b: others can read \/k, the key of its/),
    ]);
    expect(found('trust', { health: { trust: { certificate: null, openSecretFile: null } } })).toEqual([]);
  });

  test('entries at their limit, and a machine without memory', () => {
    const status: Change = ({ self }) => void Object.assign(self.memory!, { usedBytes: 95, maxBytes: 100 });
    expect(found('memory', { status })[0]).toBe('a: its entries take 95 B of 100 B; beyond, writes are refused');
    expect(found('memory', { health: { memory: { ...WELL.memory, machineFreeBytes: GIB / 10 } } })).toEqual([
      'b takes 102 MiB; of the 8.0 GiB of its machine 102 MiB are left',
    ]);
  });

  test('too few open files, and too many clients', () => {
    expect(found('files', { health: { files: { limit: 1024, open: 40 }, clients: { now: 1, most: 864 } } })).toEqual([
      'b takes 864 clients at most, since its limit of open files is 1024',
    ]);
    expect(found('files', { health: { clients: { now: 9_900, most: 10_000 } } })).toEqual([
      'b has 9900 clients, and takes 10000',
    ]);
  });

  test('a node that keeps its clients waiting', () => {
    expect(found('load', { health: { lateMs: { median: 1, most: 400 } } })).toEqual([
      'b: a request waited up to 0.4 s for its turn; load 0.4 on 2 cores',
    ]);
  });

  test('a Redis that is not attached, one that may have lost data, and databases between which nothing travels', () => {
    const beside =
      (more: Partial<EngineView>): Change =>
      (reply) => {
        const { name } = reply.self;
        reply.self.engine = { ...ATTACHED, redis: `redis://${name}:6379/0`, ...(name === 'b' ? more : {}) };
      };
    expect(found('redis', { status: beside({}) })).toEqual([]);
    expect(found('redis', { status: beside({ redis: 'redis://b:6379/1?capture=replica' }) })).toEqual([
      'the attached Redis have different database numbers, between which nothing travels (a: 0; b: 1)',
    ]);
    expect(found('redis', { status: beside({ state: 'connecting', problem: 'connect ECONNREFUSED' }) })).toEqual([
      'b is not attached to redis://b:6379/0 (connecting: connect ECONNREFUSED)',
    ]);
    const held = { ...ATTACHED.held, missing: 3, different: 2 };
    expect(found('redis', { status: beside({ state: 'held', held }) })).toEqual([
      'b: redis://b:6379/0 may have lost data; 5 keys wait for a decision',
    ]);
    expect(found('redis', { status: beside({ waitingMs: 40_000 }) })).toEqual([
      'b: changes wait for 40 s between it and redis://b:6379/0',
    ]);
  });

  test('what a member says is wrong, and by a check of its own that another cluster is where a member should be', () => {
    const problem = (kind: string, text: string) => ({ kind, subject: '', text, next: null, sinceMs: 0 });
    const status: Change = (reply) => {
      if (reply.self.name !== 'b') return;
      reply.problems = [
        problem('foreign-cluster', 'another cluster is at 1.2.3.4:7379'),
        problem('clock', 'it is off'),
      ];
    };
    expect(found('clusters', { status })).toEqual(['b: another cluster is at 1.2.3.4:7379']);
    expect(found('problems', { status })).toEqual(['b: it is off']);
  });
});
