import { appendFileSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ActLimit } from '../../src/node/events/act-limit.js';
import { EventFiles } from '../../src/node/events/event-files.js';
import { EventLog, type EventPage } from '../../src/node/events/event-log.js';
import { until } from '../links/recorder.js';

const DAY_MS = 86_400_000;
const ALL = { after: 0, sinceMs: 0, kinds: null, limit: 1_000_000 };
let dir = '';
let nowMs = 0;
let hasRoom = true;
let trouble: string | null = null;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mneme-events-'));
  nowMs = 1_764_000_000_000;
  hasRoom = true;
  trouble = null;
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function openLog(files: EventFiles | null = new EventFiles(dir)): EventLog {
  return new EventLog(files, {
    nowMs: () => nowMs,
    keptMs: () => 7 * DAY_MS,
    hasRoom: () => hasRoom,
    onTrouble: (reason) => {
      trouble = reason;
    },
  });
}

/** All pages, one after the other, as a reader asks for them. */
async function readOn(log: EventLog, query: Partial<typeof ALL> = {}): Promise<EventPage> {
  const events: EventPage['events'][number][] = [];
  let missed = 0;
  for (let after = query.after ?? 0; ; ) {
    const page = await log.read({ ...ALL, limit: 1000, ...query, after });
    events.push(...page.events);
    missed += page.missed;
    after = page.next;
    if (!page.hasMore) return { events, missed, next: after, hasMore: false };
  }
}

const messages = ({ events }: EventPage) => events.map(({ message }) => message);

test('events are there again after a process that was killed, and their numbers go on', async () => {
  const first = openLog();
  first.tell('warn', 'b is down', { kind: 'down', subject: 'b' });
  first.remark('info', 'link to b is down: reset');
  first.tell('info', 'stop, asked by ada', {
    kind: 'act',
    subject: 'STOP',
    by: { name: 'ada', user: null, address: '::1' },
  });
  // Nobody has closed anything.
  const second = openLog();
  second.tell('info', 'b is back', { kind: 'up', subject: 'b' });
  const page = await readOn(second);
  expect(page.events.map(({ seq, kind }) => [seq, kind])).toEqual([
    [1, 'down'],
    [2, 'act'],
    [3, 'up'],
  ]);
  expect(page.events[1]).toMatchObject({ by: { name: 'ada', address: '::1' }, over: false, keys: false });
  expect(second.remarks).toEqual([]);
  expect(statSync(join(dir, 'events')).mode & 0o77).toBe(0);
});

test('what a crash tore off is left out, and what comes after it is whole', async () => {
  openLog().tell('info', 'one', { kind: 'start' });
  const [file] = readdirSync(join(dir, 'events'));
  appendFileSync(join(dir, 'events', file!), '{"seq":2,"atMs":1,"message":"tw');
  const again = openLog();
  again.tell('info', 'three', { kind: 'start' });
  const page = await readOn(again);
  expect(messages(page)).toEqual(['one', 'three']);
  expect(messages(await readOn(openLog()))).toEqual(['one', 'three']);
});

test('files are bounded in size and in age; a reader that was too slow is told how many it missed', async () => {
  const log = openLog();
  const text = 'x'.repeat(3900);
  for (let i = 0; i < 12_000; i++) log.tell('info', text, { kind: 'act' });
  log.tick();
  const files = readdirSync(join(dir, 'events'));
  expect(files.length).toBeLessThanOrEqual(32);
  const page = await readOn(log, { after: 10 });
  expect(page.missed).toBeGreaterThan(3000);
  expect(page.missed + page.events.length).toBe(12_000 - 10);
  nowMs += 9 * DAY_MS;
  log.tell('info', 'today', { kind: 'act' });
  log.tick();
  expect(readdirSync(join(dir, 'events')).length).toBe(1);
  expect(messages(await readOn(openLog()))).toEqual(['today']);
}, 30_000);

test('by time and by kind, a page holds no more than was asked for and says where to go on', async () => {
  const log = openLog();
  for (let i = 0; i < 3000; i++, nowMs += 1000) log.tell('info', String(i), { kind: i % 2 === 0 ? 'up' : 'down' });
  const page = await log.read({ ...ALL, kinds: ['down'], limit: 3 });
  expect([messages(page), page.next, page.hasMore]).toEqual([['1', '3', '5'], 6, true]);
  const late = await readOn(log, { sinceMs: nowMs - 3500 });
  expect([messages(late), late.missed]).toEqual([['2997', '2998', '2999'], 0]);
  expect(messages(await readOn(log, { kinds: null, after: 2998 }))).toEqual(['2998', '2999']);
});

test('a disk that takes nothing is told of; what happened meanwhile is written once it does', async () => {
  const log = openLog();
  log.tell('info', 'before', { kind: 'up' });
  renameSync(dir, `${dir}.away`);
  log.tell('info', 'meanwhile', { kind: 'down' });
  expect(trouble).toContain('ENOENT');
  expect(messages(await log.read({ ...ALL, after: 1 }))).toEqual(['meanwhile']);
  renameSync(`${dir}.away`, dir);
  log.tick();
  expect(trouble).toBeNull();
  expect(messages(await readOn(openLog()))).toEqual(['before', 'meanwhile']);
  hasRoom = false;
  log.tell('info', 'what room there is, is for deletes', { kind: 'disk' });
  expect(messages(await readOn(openLog()))).toHaveLength(2);
  hasRoom = true;
  log.tick();
  expect(messages(await readOn(openLog()))).toHaveLength(3);
});

test('a node that keeps nothing has the latest thousand', async () => {
  const log = openLog(null);
  for (let i = 0; i < 2500; i++) log.tell('info', String(i), { kind: 'up' });
  const page = await readOn(log);
  expect([page.events.length, messages(page)[0], page.missed]).toEqual([1000, '1500', 0]);
  expect((await readOn(log, { after: 100 })).missed).toBe(1400);
});

test('whoever waits is woken by the next event, and else when its time is over', async () => {
  const log = openLog(null);
  const waiting = log.wait(60_000);
  log.tell('info', 'now', { kind: 'up' });
  await waiting;
  await log.wait(1);
});

test('acts without end are not all events, so that they do not push out what others did', () => {
  let monoMs = 0;
  const limit = new ActLimit(() => monoMs);
  let kept = 0;
  for (let i = 0; i < 1000; i++) if (limit.take().hasRoom) kept++;
  expect(kept).toBe(100);
  monoMs += 2000;
  expect([limit.take(), limit.take()]).toEqual([
    { hasRoom: true, leftOut: 900 },
    { hasRoom: true, leftOut: 0 },
  ]);
});

test('what happened is made durable once a second, as long as there is something', async () => {
  const files = new EventFiles(dir);
  const log = openLog(files);
  log.tick();
  log.tell('info', 'one', { kind: 'start' });
  expect(files.isUnsynced).toBe(true);
  log.tick();
  log.tell('info', 'two', { kind: 'start' });
  log.tick();
  expect(files.isUnsynced).toBe(true);
  nowMs += 1000;
  await until(() => {
    log.tick();
    return !files.isUnsynced;
  });
  expect(trouble).toBeNull();
});
