import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Config, Parser } from '@oclif/core';
import { withFlagsInUse } from '../../src/cli/flags-in-use.js';
import { failureView } from '../../src/cli/views/failure.js';
import { nextStep } from '../../src/cli/views/next-step.js';
import { columnsOf } from '../../src/cli/views/text.js';
import { advice, commandAt, readAdvice } from '../../src/hints/advice.js';
import { joinAdvice } from '../../src/operations/cluster/verdict.js';
import { ROOT } from './run-command.js';

/** Every text in the code that begins with `mneme `: these are the commands that are told to be typed next. */
const COMMANDS = filesIn(join(ROOT, 'src')).flatMap((path) => {
  const text = readFileSync(path, 'utf8');
  return literalsOf(text)
    .filter((literal) => /^mneme [a-z-]/.test(literal) && !/^mneme-/.test(literal))
    .map((literal): [string, string] => [literal, relative(ROOT, path)]);
});

test('there are such texts, in all rooms', () => {
  expect(COMMANDS.length).toBeGreaterThan(60);
  expect(new Set(COMMANDS.map(([, path]) => path.split('/')[1])).size).toBeGreaterThan(5);
});

describe('a command that is told to be typed next can be pasted', () => {
  test.each(COMMANDS)('%s (%s)', async (literal) => {
    const command = filledIn(literal);
    expect(readAdvice(command)).toEqual({ command, note: null });
    // No prose beside it, and nothing that is still to be filled in.
    expect(command).not.toMatch(
      /[;…]|, |\.$| (on|and|or|if|with) |\b(ADDRESS|NODE|KEY|ID|NAME|PATH|NUMBER|VALUE|[AB])\b/,
    );
    await expectToParse(command);
  });
});

describe('commands that prose names', () => {
  const config = Config.load(ROOT);
  const named = filesIn(join(ROOT, 'src')).flatMap((path) =>
    literalsOf(readFileSync(path, 'utf8')).flatMap((literal) =>
      [
        ...literal.matchAll(
          /\bmneme ((?:backup|cluster|context|drill|engine|entry|node|replica|service|split-brain) [a-z-]+)/g,
        ),
      ].map((match) => match[1]!),
    ),
  );
  test.each([...new Set(named)])('mneme %s is one', async (name) => {
    expect((await config).findCommand(name.replace(' ', ':'))).toBeDefined();
  });
});

describe('the flags in use', () => {
  const flagsOf = async () => {
    const config = await Config.load(ROOT);
    return (id: string) => Object.keys(config.findCommand(id)?.flags ?? {});
  };

  test.each([
    ['mneme cluster status', 'mneme cluster status --node 10.0.0.1:7379 --timeout 1s'],
    ['mneme entry inspect k', 'mneme entry inspect k --node 10.0.0.1:7379 --timeout 1s --db 3'],
    ['mneme cluster status --node b:1', 'mneme cluster status --node b:1 --timeout 1s'],
    ['mneme cluster start', "mneme cluster start --dir '/var/my data' --allow-drills"],
    ['mneme cluster start --help', 'mneme cluster start --help'],
    ['mneme demo', 'mneme demo'],
    ['df -h /', 'df -h /'],
  ])('go with %s where it takes them, and are quoted', async (command, full) => {
    const typed = [
      { name: 'node', value: '10.0.0.1:7379' },
      { name: 'timeout', value: '1s' },
      { name: 'db', value: '3' },
      { name: 'dir', value: '/var/my data' },
      { name: 'allow-drills', value: null },
      { name: 'engine', value: 'redis://me:secret@h:1' },
      { name: 'yes', value: null },
    ];
    expect(withFlagsInUse(command, typed, await flagsOf())).toBe(full);
  });
});

describe('what to do next', () => {
  const long = advice(
    `mneme entry inspect ${'k'.repeat(90)}`,
    'Only where it is gone for good, and nobody waits for it any more.',
  );

  test('keeps a command in one piece on a line of its own, and wraps what is said beside it', () => {
    const [command, ...note] = nextStep(long, { width: 40, color: false }).join('\n').split('\n');
    expect(command).toBe(`next: mneme entry inspect ${'k'.repeat(90)}`);
    expect(note.length).toBeGreaterThan(1);
    for (const line of note) expect(line).toMatch(/^ {6}\S/);
    for (const line of note) expect(columnsOf(line)).toBeLessThanOrEqual(40);
  });

  test('wraps an error at words, in the width of the terminal', () => {
    const message = 'one two three four five six seven eight nine ten eleven twelve thirteen';
    const failure = {
      code: 'refused',
      message,
      next: null,
      note: 'add --db NUMBER, or look elsewhere',
      exitCode: 6,
      stack: null,
    };
    expect(failureView(failure, { width: 30, color: false }).split('\n')).toEqual([
      'error: one two three four five',
      '       six seven eight nine',
      '       ten eleven twelve',
      '       thirteen',
      'next:  add --db NUMBER, or',
      '       look elsewhere',
    ]);
  });
});

// ---

/** As an operator would have it on the screen: places are filled in by what could stand there. */
function filledIn(literal: string): string {
  const samples: [RegExp, string][] = [
    [/\$\{[^}]*keyBase64[^}]*\}\$\{database\}/g, 'a2V5 --db 1'],
    [/\$\{(key|restoreOne)[^}]*\}\$\{(where|database)\}/g, 'key --db 1'],
    [/\$\{shellKey\([^}]*\)\}\$\{database\}/g, "'a key' --db 1"],
    [/\$\{key\} \$\{value\}/g, 'on-heal manual'],
    [/\$\{command\}/g, 'mneme cluster status'],
    [/\$\{[^}]*\}/g, 'c'],
  ];
  return samples.reduce((text, [place, sample]) => text.replace(place, sample), literal);
}

/** Commands without a topic. */
const ALONE = ['dashboard', 'demo', 'doctor', 'events', 'support-bundle', 'top', 'completion'];

async function expectToParse(command: string): Promise<void> {
  const [, topic, name, ...rest] = command.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", ''));
  if (topic?.startsWith('--') || rest.includes('--help') || name === '--help') return;
  const isAlone = ALONE.includes(topic ?? '');
  const file = isAlone ? topic : `${topic}/${name}`;
  const { default: Command } = await import(`../../src/commands/${file}.js`);
  const { flags, baseFlags = {}, args, strict } = Command;
  await Parser.parse(isAlone ? [name, ...rest].filter((word) => word !== undefined) : rest, {
    flags: { ...baseFlags, ...flags },
    args,
    strict,
  });
}

function filesIn(directory: string): string[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? filesIn(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** String and template literals of a source, comments left out. Places in templates stay as they are. */
function literalsOf(source: string): string[] {
  const text = source.replace(/^\s*(\/\/|\/?\*).*$/gm, '');
  const found: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const quote = text[at]!;
    if (quote !== "'" && quote !== '"' && quote !== '`') continue;
    const end = endOf(text, at);
    if (end === null) continue;
    found.push(text.slice(at + 1, end));
    at = end;
  }
  return found;
}

function endOf(text: string, start: number): number | null {
  const quote = text[start];
  let depth = 0;
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (quote === '`' && text.startsWith('${', at)) depth++;
    else if (depth > 0 && text[at] === '}') depth--;
    else if (depth === 0 && text[at] === quote) return at;
    else if (quote !== '`' && text[at] === '\n') return null;
  }
  return null;
}

test('a command on the page of a node asks that node, if it takes one and names no other', async () => {
  const { commands } = await Config.load(ROOT);
  for (const { id, flags } of commands) {
    const typed = `mneme ${id.replaceAll(':', ' ')}`;
    expect(commandAt(typed, '10.0.0.1:1')).toBe(flags.node === undefined ? typed : `${typed} --node 10.0.0.1:1`);
    expect(commandAt(typed, null)).toBe(typed);
  }
  expect(commandAt('mneme cluster stop --node b:1', 'a:1')).toBe('mneme cluster stop --node b:1');
  expect(commandAt('timedatectl', 'a:1')).toBe('timedatectl');
});

test('a member that hears its own machine alone does not tell others to join it as it is', () => {
  expect(readAdvice(joinAdvice('127.0.0.1:7379')).note).toBe(
    'On this machine. For others, start it with --listen HOST:PORT.',
  );
  expect(readAdvice(joinAdvice('10.0.0.1:7379')).note).toBe('On another machine.');
});
