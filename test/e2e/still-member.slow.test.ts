import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Rogue } from '../links/rogue.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

let directory: ReturnType<typeof temporaryDirectory>;
let a: NodeProcess;
let b: NodeProcess;

beforeEach(async () => {
  directory = temporaryDirectory();
  const [one, other] = ['a', 'b'].map(
    (name) => new NodeProcess(name, `${directory.path}/${name}`, ['--failure-timeout', '1s']),
  );
  a = await one!.start();
  b = await other!.start(a.address);
  await untilInSync(a, b);
}, 60_000);

afterEach(async () => {
  await Promise.all([a.kill(), b.kill()]);
  directory.remove();
});

function start(...flags: string[]): ReturnType<typeof mneme> {
  return mneme(['cluster', 'start', '--name', 'b', '--dir', b.dir, '--listen', b.address, ...flags]);
}

/** Something at the address of the one member that tells whoever dials it that it was forgotten. */
async function misinform(address: string, clusterId: string, replica: string): Promise<Server> {
  const server = createServer((socket) =>
    Rogue.accept(socket).send({
      type: 'refuse',
      code: 'forgotten',
      message: 'gone',
      clusterId,
      replica,
      boot: 1,
    }),
  );
  const [host = '', port = ''] = address.split(':');
  await new Promise<void>((resolve) => server.listen(Number(port), host, resolve));
  return server;
}

test('a directory that was marked as a former member by mistake is opened by --still-member, with all its data', async () => {
  const { clusterId, self } = await statusOf(a.address);
  await mneme(['entry', 'set', 'k', 'kept', '--node', b.address]);
  await a.kill('SIGTERM');
  const server = await misinform(a.address, clusterId, self.replica);
  expect(await b.exited).toBe(6);
  expect(b.logText).toContain('To come back it joins anew');
  await new Promise((resolve) => server.close(resolve));

  const refused = await start();
  expect(refused.code).toBe(6);
  expect(refused.stderr).toContain('holds the data of a node that left its cluster, or was forgotten by it');
  const joins = `mneme cluster join ${a.address} --set-aside-data --dir ${b.dir} --name b --listen ${b.address}`;
  expect(refused.stderr).toContain(`next:  ${joins}\n`);
  expect(refused.stderr).toMatch(/it takes writes that are lost later: mneme cluster start --dir \S+ --still-member/);

  const { address } = b;
  b = new NodeProcess('b', b.dir, ['--still-member']);
  await b.start(null, address);
  const { problems } = await statusOf(b.address);
  expect(problems).toMatchObject([{ kind: 'unproven', text: expect.stringContaining('a is not in sight') }]);
  await b.kill('SIGTERM');
  // Nobody has said that the mark is wrong.
  expect((await start()).code).toBe(6);
  await Promise.all([b.start(null, address), a.start()]);
  await untilInSync(a, b);
  expect((await statusOf(b.address)).problems).toEqual([]);
  expect((await mneme(['entry', 'get', 'k', '--node', b.address])).stdout).toBe('kept');

  // The mark is gone for good.
  await b.kill('SIGTERM');
  b = await new NodeProcess('b', b.dir).start(null, address);
  await untilInSync(a, b);
}, 60_000);

test('a member that was forgotten indeed is refused again with --still-member', async () => {
  await b.kill();
  await until('b is down', async () => (await statusOf(a.address)).members.some(({ link }) => link === 'down'));
  expect((await mneme(['cluster', 'forget', 'b', '--yes', '--node', a.address])).code).toBe(0);
  for (const flags of [[], [], ['--still-member'], []]) {
    const { code, stderr } = await start(...flags);
    expect(code).toBe(6);
    expect(stderr).toContain('--set-aside-data');
  }
}, 60_000);

test('in the background a member that has left is refused by the only one that stayed, before it serves; its log stays when it joins anew', async () => {
  expect((await mneme(['cluster', 'leave', '--yes', '--node', b.address])).code).toBe(0);
  await b.exited;
  const place = ['--name', 'b', '--listen', b.address, '--detach', '--dir', b.dir];
  const refused = await mneme(['cluster', 'start', ...place, '--still-member']);
  expect(refused).toMatchObject({ code: 6, stdout: '' });
  expect(refused.stderr).toContain('has left the cluster');
  const marked = await mneme(['cluster', 'start', ...place]);
  expect(marked.stderr).toMatch(/--set-aside-data [\s\S]*--still-member/);

  const joined = await mneme(['cluster', 'join', a.address, '--set-aside-data', ...place]);
  const { pid } = (await statusOf(b.address)).self;
  try {
    expect(joined.code).toBe(0);
    expect(readFileSync(/^log: +(.*)$/m.exec(joined.stdout)?.[1] ?? '', 'utf8')).toContain('b joins through');
  } finally {
    process.kill(pid, 'SIGKILL');
  }
}, 60_000);
