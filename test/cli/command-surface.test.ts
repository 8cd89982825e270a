import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Command, Interfaces } from '@oclif/core';
import { trustFlags } from '../../src/cli/trust-flags.js';
import { ROOT } from './run-command.js';

type CommandClass = typeof Command & { examples: string[]; baseFlags?: Interfaces.FlagInput };

/** Beside them `help json`, which prints JSON whatever flags there are, and asks no node. */
const topics = [
  'backup',
  'cluster',
  'context',
  'drill',
  'engine',
  'entry',
  'node',
  'replica',
  'service',
  'split-brain',
  'user',
];
const files = topics.flatMap((topic) =>
  readdirSync(join(ROOT, 'src/commands', topic)).map((file) => `${topic}/${file.replace(/\.ts$/, '')}`),
);

test('the commands are these: names are a promise', () => {
  expect(files.map((file) => file.replace('/', ' '))).toEqual([
    ...['create', 'inspect', 'restore'].map((name) => `backup ${name}`),
    ...['discover', 'drain', 'forget', 'join', 'leave', 'secret', 'settings', 'start', 'status', 'stop', 'wait'].map(
      (name) => `cluster ${name}`,
    ),
    ...['add', 'list', 'remove', 'show', 'use'].map((name) => `context ${name}`),
    ...['cut', 'heal', 'partition', 'status'].map((name) => `drill ${name}`),
    ...['confirm-loss', 'restore', 'status'].map((name) => `engine ${name}`),
    ...['delete', 'export', 'get', 'import', 'inspect', 'list', 'set'].map((name) => `entry ${name}`),
    ...['limits', 'log'].map((name) => `node ${name}`),
    ...['compare', 'inspect', 'list', 'verify'].map((name) => `replica ${name}`),
    ...['container', 'systemd'].map((name) => `service ${name}`),
    ...['history', 'merge', 'plan', 'promote', 'resolve', 'show', 'status', 'undo'].map(
      (name) => `split-brain ${name}`,
    ),
    ...['add', 'list', 'password', 'remove'].map((name) => `user ${name}`),
  ]);
});

describe.each(files)('%s', (file) => {
  const load = async () => (await import(`../../src/commands/${file}.js`)).default as CommandClass;

  test('is explained: a summary, and examples that call it', async () => {
    const command = await load();
    expect(command.summary).toMatch(/^[a-z].*[^.]$/);
    expect(command.examples.length).toBeGreaterThan(0);
    for (const example of command.examples) expect(example).toContain('<%= config.bin %> <%= command.id %>');
  });

  test('takes --json, and --node unless it starts one', async () => {
    const command = await load();
    expect(command.enableJsonFlag).toBe(true);
    const trust = Object.keys(trustFlags);
    const starts = file === 'cluster/start' || file === 'cluster/join';
    const asksNobody =
      ['cluster/secret', 'backup/inspect'].includes(file) || file.startsWith('service/') || file.startsWith('context/');
    const ofUser = ['user', 'password-file'];
    const asks = starts ? ofUser : asksNobody ? [] : ['node', 'context', ...ofUser, 'timeout', ...trust];
    expect(Object.keys(command.baseFlags ?? {})).toEqual(asks);
  });

  test('explains its flags and arguments', async () => {
    const command = await load();
    for (const flag of Object.values(command.flags ?? {})) expect(flag.summary).toBeTruthy();
    for (const arg of Object.values(command.args ?? {})) expect(arg.description).toBeTruthy();
  });

  test('has no colour, table or loop of its own', async () => {
    const { readFileSync } = await import('node:fs');
    const text = readFileSync(join(ROOT, 'src/commands', `${file}.ts`), 'utf8');
    expect(text).not.toMatch(/from '(chalk|cli-table3|inquirer|ioredis)'|\bfor \(|\bwhile \(/);
  });
});
