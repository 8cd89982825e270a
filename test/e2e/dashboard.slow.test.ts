import { existsSync, mkdirSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Browser, type ConsoleMessage, launch, type Page } from 'puppeteer-core';
import { connectClient } from '../../src/admin/client/client.js';
import { hashPassword } from '../../src/node/access/password-hash.js';
import { done, get, set } from './operator.js';
import { mnemeJson, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const inChromium = CHROMIUM === undefined ? describe.skip : describe;
const LEFT_OUT = CHROMIUM === undefined ? ' (left out: chromium is not installed)' : '';

const IMAGE_BYTES_MAX = 150_000;
const directory = temporaryDirectory();
/** `MNEME_SCREENSHOTS=docs/images` makes the pictures of the documents anew. */
const images = process.env.MNEME_SCREENSHOTS ?? `${directory.path}/images`;

const flags = ['--memory-only', '--failure-timeout', '500ms', '--allow-drills', '--http', '127.0.0.1:0'];
const nodes = ['a', 'b', 'c'].map((name) => new NodeProcess(name, '', [...flags, '--on-heal', 'manual']));
const [a, b, c] = nodes as [NodeProcess, NodeProcess, NodeProcess];

let browser: Browser;
let url: string;
/** What a browser complains of, and what it asks elsewhere. */
const complaints: string[] = [];

inChromium(`the dashboard in a browser${LEFT_OUT}`, () => {
  beforeAll(async () => {
    mkdirSync(images, { recursive: true });
    await a.start();
    for (const one of [b, c]) await one.start(a.address);
    await untilInSync(a, b, c);
    ({ url } = await mnemeJson<{ url: string }>(['dashboard', '--node', a.address]));
    browser = await launch({
      executablePath: CHROMIUM!,
      headless: true,
      userDataDir: `${directory.path}/profile`,
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
    });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await Promise.all(nodes.map((one) => one.kill()));
    directory.remove();
  });

  test('shows a real split, and ends it and takes that back by clicks', async () => {
    const page = await open({ width: 1240, height: 860 });
    await seen(page, '#banner', /In sync/);
    await seen(page, '#doctor', /checks at 3 members/);
    expect(await texts(page, '.frame text')).toEqual(['One island: all in reach']);
    expect(await texts(page, '.member .name')).toEqual(['a', 'b', 'c']);
    await linked(page, 'a – b: in sync', 'a – c: in sync', 'b – c: in sync');
    expect(await page.$eval('#desk', (one) => one.textContent)).toContain('nothing to decide');

    await splitApart();
    await seen(page, '#banner', /PARTITION/);
    await writeApart('first');
    await done('drill', 'heal', '--node', a.address);
    await seen(page, '#banner', /SPLIT-BRAIN/);
    await seen(page, '.link ~ .frame text', /Island 1/);
    await until('all are drawn as such that answer', async () => {
      return (await texts(page, '.member.warn .name, .member.good .name')).join() === 'a,b,c';
    });
    await linked(page, 'a – b: in sync', 'a – c: held apart', 'b – c: held apart');
    await seen(page, '#members + #desk', /How shall it end/);

    expect(await page.title()).toBe('✕ split-brain – Mneme a');

    await page.click('#rules');
    await page.keyboard.type(' ');
    await page.click('#dry-run');
    await seen(page, '#desk .failure', /no rules are given\. Give rules, such as/);
    await page.click('#way-lww');
    await page.click('#to-desk');
    await seen(page, '#desk', /4 conflicts/);
    await typeClusterId(page, 'resolve');
    await set(a, 'session:bob', '{"items":["tea"],"seen":"a, later"}');
    await page.click('#resolve-do');
    await seen(page, '#desk .failure', /would come out otherwise\. Look at the plan anew/);
    expect(await page.$('#resolve-do')).toBeNull();
    await page.click('#plan-anew');
    await seen(page, '#desk', /4 conflicts/);
    await page.click('#compare-0');
    await seen(page, '#desk .difference', /field by field/);
    await page.click('#pick-0-0');
    await seen(page, '#desk', /1 pick/);
    await picture(page, 'dashboard-desk', 'light');
    await typeClusterId(page, 'resolve');
    await page.click('#resolve-do');
    await seen(page, '#resolved', /Resolved by/);
    await seen(page, '#banner', /In sync/);
    await untilInSync(a, b, c);
    expect(await get(b, 'cart:1')).toBe('{"items":["tea"],"seen":"a, first"}');
    expect(await get(b, 'cart:2')).toBe('{"items":["tea"],"seen":"c, first"}');

    await page.click('[id^="undo-"][aria-expanded]');
    await seen(page, '#incidents', /4 values would be written anew/);
    const gate = await page.$eval('#incidents .gate input', (one) => one.id.replace(/-typed$/, ''));
    await typeClusterId(page, gate);
    await page.click(`#${gate}-do`);
    await seen(page, '#incidents', /Undone: 4 values written anew/);
    await until('the undo is everywhere', async () => (await get(c, 'cart:1')).includes('c, first'));
    await picture(page, 'dashboard', 'light');
    await page.close();
  }, 180_000);

  test('counts a hash that both sides changed as one key, and its fields beside it', async () => {
    await splitApart();
    for (const one of [a, c]) {
      const redis = new Redis(`redis://${one.address}`);
      await redis.hset('basket:1', { apple: one.name, pear: one.name, [one.name]: '1' });
      await redis.hset('plum', { red: one.name });
      redis.disconnect();
    }
    await done('drill', 'heal', '--node', a.address);
    const page = await open({ width: 1240, height: 860 });
    await seen(page, '#banner', /SPLIT-BRAIN/);
    await seen(page, '#desk', /How shall it end/);
    await page.click('#dry-run');
    await seen(page, '#desk .summary', /3 conflicts: keys, or parts of them, that several islands changed/);
    const cells = await page.$$eval('#desk details tr', (rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent).join(' ')),
    );
    expect(cells).toEqual([
      'Keys that begin with Keys Parts Conflicts Set aside',
      '(no prefix) 1 1 1 1',
      'basket:… 1 4 2 2',
    ]);
    await seen(page, '#desk h3', /^Keys and parts of keys: 1 to 3 of 3$/m);
    await seen(page, '#desk', /basket:1 › apple[\s\S]*plum › red/);
    await page.close();
    await done('split-brain', 'merge', '--node', a.address, '--yes');
    await untilInSync(a, b, c);
  }, 120_000);

  test('is used by keyboard alone, on a phone, in the dark, by a user of the cluster', async () => {
    const client = await connectClient(a.address);
    const password = await hashPassword(Buffer.from('a good password'));
    // The commands of this test go on without a user; the dashboard asks for one all the same.
    await client.call('SET', { key: 'anonymous-clients', value: 'allow' });
    await client.call('USER', { action: 'add', name: 'ann', role: 'admin', password });
    client.close();
    await until('all know', async () => (await statusOf(c.address)).settings['anonymous-clients'] === 'allow');
    await splitApart();
    await writeApart('second');
    await done('drill', 'heal', '--node', a.address);
    await until('the split-brain is found', async () => (await statusOf(a.address)).incidents.length === 1);

    const page = await open({ width: 360, height: 740, isMobile: true, hasTouch: true }, 'dark');
    await seen(page, 'h1', /Sign in to a/);
    await page.keyboard.type('ann');
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong password');
    await page.keyboard.press('Enter');
    await seen(page, '.failure', /no user ann with this password/);
    await page.keyboard.type('a good password');
    await page.keyboard.press('Enter');
    await seen(page, '#banner', /SPLIT-BRAIN/);
    await tabTo(page, 'to-desk');
    await page.keyboard.press('Enter');
    await tabTo(page, 'dry-run');
    await page.keyboard.press('Enter');
    await seen(page, '#desk', /4 conflicts/);
    await tabTo(page, 'pick-0-policy');
    await page.keyboard.press('ArrowUp');
    await seen(page, '#desk', /1 pick/);
    await picture(page, 'dashboard-phone-dark', 'dark');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    expect(await smallTargets(page)).toEqual([]);
    await tabTo(page, 'resolve-typed');
    await page.keyboard.type((await statusOf(a.address)).clusterId);
    await tabTo(page, 'resolve-do');
    await page.keyboard.press('Enter');
    await seen(page, '#resolved', /1 key as picked/);
    await untilInSync(a, b, c);
    const [last] = (await statusOf(a.address)).resolved ?? [];
    const events = await mnemeJson<unknown>(['events', '--kind', 'act', '--node', a.address]).catch(
      (error: Error) => error.message,
    );
    expect([last === undefined, JSON.stringify(events)]).toEqual([false, expect.stringContaining('user ann')]);
    await page.close();
  }, 180_000);

  test('asked nothing of anybody else, and broke no rule of its own', () => {
    expect(complaints).toEqual([]);
  });

  // ---

  async function open(viewport: Parameters<Page['setViewport']>[0], scheme = 'light'): Promise<Page> {
    const page = await browser.newPage();
    await page.setViewport(viewport);
    await page.emulateMediaFeatures([
      { name: 'prefers-color-scheme', value: scheme },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ]);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message: ConsoleMessage) => {
      // What a wrong password, no rules and an old plan are answered with is meant to be an error.
      if (['error', 'warn'].includes(message.type()) && !/status of (401|400|409)/.test(message.text()))
        complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) complaints.push(`asked ${request.url()}`);
    });
    await page.goto(url);
    return page;
  }

  async function seen(page: Page, selector: string, pattern: RegExp): Promise<void> {
    const read = () => page.$$eval(selector, (all) => all.map((one) => one.textContent).join('\n'));
    await until(`${selector} shows ${pattern}`, async () => pattern.test(await read()), 30_000).catch(async (error) => {
      throw new Error(`${error.message}; it shows ${await read()}`);
    });
  }

  function texts(page: Page, selector: string): Promise<string[]> {
    return page.$$eval(selector, (all) => all.map((one) => one.textContent ?? ''));
  }

  /** Links change one by one. */
  function linked(page: Page, ...wanted: readonly string[]): Promise<void> {
    const links = async () => (await texts(page, '.graph > svg .link')).sort().join('; ');
    return until(`the links are ${wanted.join('; ')}`, async () => (await links()) === wanted.join('; '));
  }

  async function tabTo(page: Page, id: string): Promise<void> {
    for (let i = 0; i < 200; i++) {
      if ((await page.evaluate('document.activeElement?.id')) === id) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`${id} is not reached by the tab key`);
  }

  async function typeClusterId(page: Page, gate: string): Promise<void> {
    expect(await page.$eval(`#${gate}-do`, (one) => one.hasAttribute('disabled'))).toBe(true);
    await page.type(`#${gate}-typed`, (await statusOf(a.address)).clusterId);
  }

  /** What a finger would miss: WCAG 2.2 wants 24 pixels (2.5.8). */
  function smallTargets(page: Page): Promise<string[]> {
    return page.$$eval('button, input, select', (all) =>
      all.flatMap((one) => {
        const { width, height } = (one.closest('label') ?? one).getBoundingClientRect();
        return width >= 24 && height >= 24 ? [] : [`${one.id}: ${width}×${height}`];
      }),
    );
  }

  async function picture(page: Page, name: string, scheme: string): Promise<void> {
    expect(await page.evaluate(`matchMedia('(prefers-color-scheme: ${scheme})').matches`)).toBe(true);
    // As much as fits a screen, and the conflicts of the desk with it.
    const path = `${images}/${name}.png` as const;
    await page.evaluate('scrollTo(0, 0)');
    await page.screenshot({ path });
    expect(statSync(path).size).toBeLessThan(IMAGE_BYTES_MAX);
  }
});

async function splitApart(): Promise<void> {
  await done('drill', 'partition', 'c', '--node', a.address);
  for (const one of nodes) {
    await until('the partition is noticed', async () =>
      (await statusOf(one.address)).members.some(({ link }) => link === 'down'),
    );
  }
}

async function writeApart(round: string): Promise<void> {
  for (const one of [a, c]) {
    for (const key of ['cart:1', 'cart:2', 'session:ann', 'session:bob'])
      await set(one, key, `{"items":["tea"],"seen":"${one.name}, ${round}"}`);
    await set(one, `only:${one.name}`, round);
  }
}
