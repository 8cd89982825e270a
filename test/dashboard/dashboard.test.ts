import { readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { OwnClient } from '../../src/admin/server/own-client.js';
import { adminHandler } from '../../src/admin/server/server.js';
import { hashPassword } from '../../src/node/access/password-hash.js';
import type { NodeOptions, RunningNode } from '../../src/operations/cluster/node-options.js';
import { runNode } from '../../src/operations/start/run-node.js';
import { newDirectory } from '../engines/support/directories.js';
import { Authority } from '../links/certificates.js';
import { Browser } from './browser.js';

const PAGE_BYTES_MAX = 200_000;
const LWW = { strategy: 'lww', picks: [] };
/** Of this machine, beside loopback. */
const OUTSIDE = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const running: RunningNode[] = [];
let log: string[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  log = [];
});

async function start(name: string, options: Partial<NodeOptions> = {}): Promise<RunningNode> {
  const place = { name, listen: '127.0.0.1:0', dir: `${newDirectory()}/data`, http: '127.0.0.1:0' };
  const one = await runNode({ ...place, log: (_, message) => log.push(message), ...options });
  running.push(one);
  await one.inSync;
  return one;
}

/** Whoever runs the process may do everything. */
const ownClient = ({ address, node, passport }: RunningNode) => new OwnClient(address, adminHandler(node), passport);

async function addUser(one: RunningNode, name: string, role: 'read' | 'admin', prefix = ''): Promise<void> {
  const prefixBase64 = prefix === '' ? {} : { prefixBase64: Buffer.from(prefix).toString('base64') };
  const password = await hashPassword(Buffer.from(`password of ${name}`));
  await ownClient(one).call('USER', { action: 'add', name, role, ...prefixBase64, password });
}

describe('the page', () => {
  test('is small, has nothing inline, and its headers allow nothing but its own', async () => {
    const browser = new Browser((await start('a')).http!);
    expect(await browser.get('/')).toMatchObject({ code: 308, headers: { location: '/dashboard/' } });
    const { text, headers } = await browser.get('/dashboard/');
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = headers['content-security-policy'] as string;
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*|nonce|sha256|data:/);
    expect(text).not.toMatch(/<style|style=|\son\w+=|<script(?![^>]* src=)|https?:\/\//);
    const parts = [...text.matchAll(/(?:src|href)="([\w.]+)"/g)].map(([, name]) => name!);
    expect(parts.sort()).toEqual(['icon.svg', 'page.css', 'page.js']);
    const answers = await Promise.all(parts.map((name) => browser.get(`/dashboard/${name}`)));
    expect(answers.map(({ code }) => code)).toEqual([200, 200, 200]);
    const all = [text, ...answers.map((answer) => answer.text)];
    expect(all.reduce((sum, one) => sum + Buffer.byteLength(one), 0)).toBeLessThan(PAGE_BYTES_MAX);
    for (const name of ['../package.json', '%2e%2e/page.js', 'toString', 'page.ts'])
      expect((await browser.get(`/dashboard/${name}`)).code).toBe(404);
  });

  test('of a node without users on this machine needs nobody to sign in, as clients there', async () => {
    const browser = new Browser((await start('a')).http!);
    expect((await browser.get('/dashboard/api/session')).json).toMatchObject({
      ...{ node: 'a', user: null, role: 'admin' },
      address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    const events = await browser.watch((all) => all.some(({ name }) => name === 'look'));
    expect(events.map(({ name }) => name)).toEqual(['history', 'look']);
    expect(events[1]!.data).toMatchObject({ state: 'in-sync', asked: 'a', members: [{ name: 'a' }], past: [] });
    const { code, json } = await browser.post('resolve', { ...LWW, plan: 'x', cluster: 'other' });
    expect([code, json.error]).toMatchObject([409, { code: 'declined' }]);
    expect((await browser.post('nothing', {})).json.error).toMatchObject({ code: 'usage' });
  });
});

describe('other pages', () => {
  let browser: Browser;
  let node: RunningNode;
  beforeAll(async () => {
    node = await start('a');
    running.pop();
    browser = new Browser(node.http!);
  });
  afterAll(() => node.stop());

  test('that lead a name of their own here are told nothing', async () => {
    const port = browser.at.split(':')[1];
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example'])
      for (const path of ['/dashboard/', '/dashboard/page.js', '/dashboard/api/session', '/dashboard/api/live'])
        expect([host, path, (await browser.get(path, { host })).code]).toEqual([host, path, 421]);
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`])
      expect((await browser.get('/dashboard/api/session', { host })).code).toBe(200);
  });

  test('cannot ask for anything, not those of another port of this machine either', async () => {
    const foreign = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      { origin: browser.origin.replace('http', 'https') },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { origin: undefined, 'sec-fetch-site': undefined },
    ];
    for (const headers of foreign)
      expect([headers, (await browser.post('doctor', {}, headers)).code]).toEqual([headers, 403]);
    for (const site of ['cross-site', 'same-site'])
      expect((await browser.get('/dashboard/api/live', { 'sec-fetch-site': site })).code).toBe(403);
    const form = await browser.post('doctor', {}, { 'content-type': 'text/plain' });
    expect([form.code, form.json.error]).toMatchObject([400, { code: 'usage' }]);
    expect((await browser.send('PUT', '/dashboard/api/doctor', {})).code).toBe(405);
    expect((await browser.post('doctor', { more: 'x'.repeat(1_100_000) })).code).toBe(400);
  });
});

describe('users', () => {
  test('sign in, and do what their role allows; those with a prefix see no other keys, and a removed one nothing', async () => {
    const a = await start('a');
    await addUser(a, 'ann', 'admin');
    await addUser(a, 'rob', 'read');
    await addUser(a, 'web', 'read', 'web:');
    const browser = new Browser(a.http!);
    expect((await browser.get('/dashboard/api/session')).json).toMatchObject({ user: null, role: null, refusal: null });
    expect((await browser.get('/dashboard/api/live')).code).toBe(401);
    expect((await browser.post('doctor', {})).code).toBe(401);
    const wrong = await browser.signIn('ann', 'wrong');
    expect([wrong.code, wrong.headers['set-cookie']]).toEqual([401, undefined]);
    expect((await browser.signIn('default', 'anything')).code).toBe(401);
    const prefixed = await browser.signIn('web', 'password of web');
    expect([prefixed.code, prefixed.json.error]).toMatchObject([403, { code: 'not-permitted' }]);
    expect(browser.cookie).toBe('');

    const reader = new Browser(a.http!);
    const signed = await reader.signIn('rob', 'password of rob');
    expect(signed.json).toEqual({ user: 'rob', role: 'read' });
    const port = a.http!.split(':')[1];
    expect(signed.headers['set-cookie']).toEqual([
      expect.stringMatching(
        new RegExp(`^mneme-${port}=[\\w-]{43}; Path=/dashboard; Max-Age=28800; HttpOnly; SameSite=Strict$`),
      ),
    ]);
    expect((await reader.watch((all) => all.length === 2))[1]).toMatchObject({ name: 'look' });

    await browser.signIn('ann', 'password of ann');
    const plan = await browser.post('plan', LWW);
    expect(plan.json.error).toMatchObject({ code: 'no-split-brain' });
    const remove = () => ownClient(a).call('USER', { action: 'remove', name: 'rob' });
    let removal: Promise<unknown> | undefined;
    const watching = reader.watch((all) => {
      removal ??= remove();
      return all.some(({ name }) => name === 'signed-out');
    });
    expect((await watching).at(-1)).toEqual({ name: 'signed-out', data: {} });
    await removal;
    expect((await reader.post('doctor', {})).code).toBe(401);

    expect((await browser.post('doctor', {})).code).toBe(200);
    const cookie = browser.cookie;
    expect((await browser.post('sign-out', {})).headers['set-cookie']?.[0]).toContain('Max-Age=0');
    expect([browser.cookie, (await browser.post('doctor', {})).code]).toEqual([cookie, 401]);
  });

  test("are what a node with a secret wants too: its machine's operator signs in by the key in its directory", async () => {
    const dir = `${newDirectory()}/data`;
    const secretFile = `${newDirectory()}/secret`;
    writeFileSync(secretFile, 'x'.repeat(40), { mode: 0o600 });
    const a = await start('a', { dir, secretFile });
    const browser = new Browser(a.http!);
    const { json } = await browser.get('/dashboard/api/session');
    expect(json).toMatchObject({ role: null, whoMay: expect.stringContaining('operator-key') });
    expect((await browser.signIn('default', '')).code).toBe(401);
    await browser.signIn('operator', readFileSync(`${dir}/operator-key`, 'utf8').trim());
    expect((await browser.get('/dashboard/api/session')).json).toMatchObject({ user: 'operator', role: 'admin' });
  });
});

describe('passwords on a network', () => {
  const outside = OUTSIDE === undefined ? test.skip : test;

  outside(
    `are taken by TLS alone${OUTSIDE === undefined ? ' (left out: this machine has no address but loopback)' : ''}`,
    async () => {
      const plain = await start('a', { http: `${OUTSIDE}:0`, trustNetwork: true });
      await addUser(plain, 'ann', 'admin');
      const browser = new Browser(plain.http!);
      const { json } = await browser.get('/dashboard/api/session');
      expect(json).toMatchObject({ role: null, refusal: expect.stringMatching(/--tls-cert.*ssh -L/) });
      const refused = await browser.signIn('ann', 'password of ann');
      expect([refused.code, refused.json.error]).toMatchObject([409, { code: 'refused' }]);
    },
  );

  test('go by TLS on the same port once the node has a certificate, and metrics as before', async () => {
    const authority = new Authority();
    const { cert, key, ca } = authority.files(newDirectory(), 'a');
    const tls = { tlsCert: cert, tlsKey: key, tlsCa: ca };
    const a = await start('a', tls);
    await addUser(a, 'ann', 'admin');
    const browser = new Browser(a.http!.replace('127.0.0.1', 'localhost'), { ca: authority.pem });
    const signed = await browser.signIn('ann', 'password of ann');
    expect(signed.headers['set-cookie']?.[0]).toMatch(/; Secure$/);
    expect((await browser.watch((all) => all.length === 2))[1]!.data).toMatchObject({ state: 'in-sync' });
    const plain = new Browser(a.http!);
    expect((await plain.get('/metrics')).text).toContain('mneme_members 1');
    expect((await plain.signIn('ann', 'password of ann')).code).toBe(200);
  });

  test('and all else, go by TLS alone where the node has it: from elsewhere, and from here too if clients show certificates', async () => {
    const authority = new Authority();
    const { cert, key, ca } = authority.files(newDirectory(), 'a');
    const tls = { tlsCert: cert, tlsKey: key, tlsCa: ca };
    const strict = await start('a', { ...tls, tlsClients: 'require' });
    const plain = new Browser(strict.http!);
    expect((await plain.get('/dashboard/api/session')).code).toBe(403);
    expect((await plain.post('doctor', {})).code).toBe(403);
    expect((await plain.get('/dashboard/')).headers.location).toBe(`https://${strict.http}/dashboard/`);
    const unknown = new Browser(strict.http!.replace('127.0.0.1', 'localhost'), { ca: authority.pem });
    await expect(unknown.get('/dashboard/api/session')).rejects.toThrow();
    if (OUTSIDE === undefined) return;
    const open = await start('b', { ...tls, http: `${OUTSIDE}:0`, trustNetwork: true });
    const outside = new Browser(open.http!);
    expect((await outside.get('/dashboard/api/live')).code).toBe(403);
    expect((await outside.get('/dashboard/')).code).toBe(308);
  });
});
