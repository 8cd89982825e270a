import { hostname, userInfo } from 'node:os';
import { expect, test } from '@jest/globals';
import { inOneCluster } from './operator.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until } from './processes.js';

/** What the log of a node says of an hour with an operator. */
const home = temporaryDirectory();
const flags = ['--failure-timeout', '3s', '--on-heal', 'manual', '--allow-drills'];
const a = new NodeProcess('a', `${home.path}/a`, flags);
const b = new NodeProcess('b', `${home.path}/b`, [...flags, '--log-format', 'json']);
const asked = `asked by ${userInfo().username}@${hostname()} from 127.0.0.1:`;

inOneCluster(home, a, b);

const ok = async (...args: string[]) => {
  const { code, stderr } = await mneme([...args, '--node', a.address]);
  expect({ args, code, stderr }).toMatchObject({ code: 0 });
};

test('a normal join, by a log that says who started what, is no warning', () => {
  expect(a.logText).toMatch(/ info +a starts, mneme \S+ at 127\.0\.0\.1:\d+, pid \d+, asked by /);
  expect(a.logText).toMatch(/ info +b joins from 127\.0\.0\.1:/);
  expect(lines(b)).toContainEqual(
    expect.objectContaining({ level: 'info', node: 'b', message: expect.stringMatching(/^b joins through /) }),
  );
  expect(`${a.logText}${b.logText}`).not.toMatch(/warn|error/);
});

test('drills, settings, resolutions and undos are told with who asked, from where; what only looks is not', async () => {
  await ok('cluster', 'settings', 'set-aside-days', '3');
  await ok('drill', 'partition', 'b');
  await until('both count each other as down', async () => {
    const statuses = await Promise.all([a, b].map((node) => statusOf(node.address)));
    return statuses.every(({ members }) => members.some(({ link }) => link === 'down'));
  });
  await mneme(['entry', 'set', 'k', 'by a', '--node', a.address]);
  await mneme(['entry', 'set', 'k', 'by b', '--node', b.address]);
  await ok('drill', 'heal');
  await until('it is a split-brain', async () => (await statusOf(a.address)).incidents.length === 1);
  expect((await mneme(['split-brain', 'promote', 'nobody', '--yes', '--node', a.address])).code).not.toBe(0);
  await ok('split-brain', 'merge', '--yes');
  await ok('split-brain', 'undo', 'latest', '--yes');
  await mneme(['cluster', 'status', '--node', a.address]);
  for (const what of [
    'setting set-aside-days to 3',
    'drill: links cut to b',
    'drill: cut links healed',
    'undo of \\S+',
  ])
    expect(a.logText).toMatch(new RegExp(` info +${what}, ${asked}\\d+\n`));
  const messages = () => lines(b).map(({ message }) => message);
  await until('b has heard of all', async () => messages().some((one) => /^split-brain \S+ is resolved/.test(one)));
  expect([a.logText, ...messages()].join('\n')).toMatch(new RegExp(`resolution by merge lww, ${asked}`));
  expect(messages()).toContain('set-aside-days is 3 now');
  for (const [log, other] of [
    [a.logText, 'b'],
    [messages().join('\n'), 'a'],
  ] as const) {
    expect(log.match(/split-brain \S+ was found: \{a\} \| \{b\} wrote apart/g)).toHaveLength(1);
    expect(log.match(new RegExp(`${other} is back: in sync again`, 'g'))).toHaveLength(1);
  }
  expect(a.logText).not.toMatch(/STATUS|PLAN/);
}, 60_000);

test('a clean stop is told with who asked, and is not "nothing heard" to the others', async () => {
  const { code } = await mneme(['cluster', 'stop', '--node', b.address]);
  expect(code).toBe(0);
  await until('a counts b as down', async () => {
    return (await statusOf(a.address)).members.some(({ name, link }) => name === 'b' && link === 'down');
  });
  expect(lines(b).slice(-3)).toMatchObject([
    { message: expect.stringContaining(`stop, ${asked}`), kind: 'act', subject: 'STOP' },
    { message: 'b stops', kind: 'stop' },
    { message: 'b has stopped' },
  ]);
  expect(a.logText).toMatch(/ info +b is stopping\n/);
  expect(a.logText).toMatch(/ info +b counts as down: it was stopped\n/);
  const afterStop = a.logText.slice(a.logText.indexOf('b is stopping'));
  expect(afterStop).not.toMatch(/warn|nothing heard/);
});

// ---

function lines(node: NodeProcess): { time: string; level: string; node: string; message: string }[] {
  return node.logText
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
