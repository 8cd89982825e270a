import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Config, Parser } from '@oclif/core';
import { parseAllDocuments } from 'yaml';
import { START_OPTION_LIST } from '../../src/node/start-options.js';
import { GENERATED } from './generated.js';
import { type Block, blocksOf, DOCUMENTS, isFile, isRun } from './guide.js';
import { isPrinted } from './printed.js';
import { REPLY_WORDS } from './reference-words.js';

const PACKAGE = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
};
const blocks = DOCUMENTS.flatMap((document) => blocksOf(document).map((block) => ({ document, ...block })));
const withWord = (word: string) => blocks.filter((one) => one.language === 'sh' && one.word === word);

describe('in the documents', () => {
  test('every fence is one that a test knows what to do with', () => {
    const unknown = blocks.filter((block) => !isRun(block) && !isFile(block) && !isKnown(block));
    expect(unknown.map(({ document, line, language, word }) => `${document}:${line} ${language} ${word}`)).toEqual([]);
  });

  test.each([...DOCUMENTS, 'CHANGELOG.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'])(
    'every table of %s has its head row, without which it is shown as raw pipes',
    (document) => {
      const lines = readFileSync(document, 'utf8').split('\n');
      const headless = lines.flatMap((line, i) =>
        /^\|[-| ]*-[-:| ]*\|$/.test(line) && !lines[i - 1]?.startsWith('|') ? [i + 1] : [],
      );
      expect(headless).toEqual([]);
    },
  );

  test('what is printed follows the command that prints it', () => {
    for (const [i, { document, line, language }] of blocks.entries()) {
      const before = blocks[i - 1];
      if (language === 'text')
        expect({
          place: `${document}:${line}`,
          isAfterCommand: before?.document === document && before.language === 'sh',
        }).toEqual({
          place: `${document}:${line}`,
          isAfterCommand: true,
        });
    }
  });

  test('every package to install, and every script to run, is there', () => {
    for (const { text } of withWord('npm').filter((one) => one.document !== 'CONTRIBUTING.md')) {
      for (const [, script] of text.matchAll(/npm (?:run )?(?!ci|install|pack|publish)([\w:-]+)/g))
        expect(PACKAGE.scripts).toHaveProperty([script!]);
      for (const [, list] of text.matchAll(/npm install(?: -g)? ([^\n&]+)/g)) {
        const packages = list!.split(' ').filter((name) => !['mneme', '.', 'PATH-OF-THE-CHECKOUT'].includes(name));
        for (const name of packages) expect(PACKAGE.devDependencies).toHaveProperty([name]);
      }
    }
  });

  test.each(withWord('elsewhere').map((one) => [`${one.document}:${one.line}`, one.text]))(
    'what is for other machines names commands and flags that there are: %s',
    async (_place, text) => {
      const commands = text
        .split('\n')
        .flatMap((line) => [...line.matchAll(/(?:^|-- |\| )mneme ([^|>]+)/g)].map(([, rest]) => rest!.trim()));
      for (const command of commands) await expectToParse(command.split(/\s+/));
      for (const line of text.split('\n')) expect(line).toMatch(/^(sudo|mneme|kubectl|docker|journalctl|npm) /);
    },
  );

  test.each(DOCUMENTS)(
    'every command and flag, and every method of a node, that the prose of %s names is there',
    async (document) => {
      const loaded = await config;
      for (const [, typed] of proseOf(document).matchAll(/`mneme ([^`]+)`/g)) {
        const words = typed!.split(/\s+/);
        const id = [2, 1]
          .map((count) => words.slice(0, count).join(':'))
          .find((one) => loaded.findCommand(one) !== undefined);
        expect({
          typed,
          isThere:
            id !== undefined || loaded.findTopic(words[0]!) !== undefined || ['help', '--version'].includes(words[0]!),
        }).toEqual({
          typed,
          isThere: true,
        });
        const own = words.slice(0, words.includes('--') ? words.indexOf('--') : words.length);
        const flags = own.flatMap((word) => /^\[?--([a-z-]+)/.exec(word)?.[1] ?? []);
        if (id !== undefined)
          expect(['help', ...Object.keys(loaded.findCommand(id)!.flags)]).toEqual(expect.arrayContaining(flags));
      }
      const api = readFileSync('docs/api.md', 'utf8');
      for (const [, method] of proseOf(document).matchAll(/`(?:await )?node\.(\w+)\(/g))
        expect(api).toMatch(new RegExp(`^ +${method}[(<]`, 'm'));
    },
  );

  test.each(DOCUMENTS)('every link of %s leads somewhere', (document) => {
    for (const [, link] of proseOf(document).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      const [path = '', anchor] = link!.split('#');
      const file = path === '' ? document : join(dirname(document), path);
      expect({ link, exists: existsSync(file) }).toEqual({ link, exists: true });
      if (anchor !== undefined)
        expect({ link, anchors: anchorsOf(file) }).toEqual({ link, anchors: expect.arrayContaining([anchor]) });
    }
  });

  test('every guide says who it is for, and what one has at its end, and is in the list', () => {
    const index = readFileSync('docs/README.md', 'utf8');
    for (const document of DOCUMENTS.filter((name) => name.startsWith('docs/') && name !== 'docs/README.md')) {
      const [, , about = ''] = readFileSync(document, 'utf8').split('\n');
      expect({ document, about }).toEqual({ document, about: expect.stringMatching(/^\*\*For\*\* /) });
      expect(readFileSync(document, 'utf8').replaceAll('\n', ' ')).toContain('**At the end**');
      expect(index).toContain(`](${document.slice('docs/'.length)})`);
    }
  });

  test.each(GENERATED)('%s is what the code says: npm run docs', (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text());
  });
});

describe('the API', () => {
  const text = readFileSync('docs/api.md', 'utf8');

  test('has each option of a start, and no member that is private', () => {
    expect(START_OPTION_LIST.filter(([name]) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
    expect(text).not.toMatch(/^ +private /m);
  });

  test('declares each export by the name that is imported', () => {
    const declared = [
      ...text.matchAll(
        /^### (?!default)(\w+)\n(?:(?!^### )[\s\S])*?^```ts\n(?:class|interface|type|function|const) (\w+)/gm,
      ),
    ];
    expect(declared.length).toBeGreaterThan(50);
    for (const [, heading, name] of declared) expect(name).toBe(heading);
  });
});

describe('the reference', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join('src', name), 'utf8'));

  test('has every variable of the environment', () => {
    // One more goes from a command to the node that it starts, and is no promise.
    const own = new Set(sources.flatMap((text) => text.match(/\bMNEME_[A-Z_]*[A-Z]\b/g) ?? []));
    own.delete('MNEME_REPORT_FAILURE');
    const text = readFileSync('docs/reference.md', 'utf8');
    expect([...own].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  test('has no word of an error reply that nobody gives', () => {
    expect(Object.keys(REPLY_WORDS).filter((word) => !sources.some((text) => text.includes(`${word} `)))).toEqual([]);
  });
});

describe('what is shown as printed', () => {
  test.each([
    ['a  b\n', 'a b', true],
    ['since 2026-11-23 07:11:15 (1.7 s)', 'since 2027-01-01 00:00:00 (12 s)', true],
    ['5 keys', '6 keys', false],
    ['first\n…\nlast', 'first\nx\ny\nlast', true],
    ['first\n…', 'first', true],
    ['first\n…\nlast', 'first\nlast\nmore', false],
    ['SPLIT-BRAIN … a | b', 'SPLIT-BRAIN since 3 s: a | b', true],
    ['10.0.0.1:7379', '10.0.0.2:7379', false],
  ])('%j and %j', (shown, printed, isSame) => {
    expect(isPrinted(shown, printed)).toBe(isSame);
  });
});

describe('the manifests for Kubernetes', () => {
  const objects = parseAllDocuments(readFileSync('docs/kubernetes/mneme.yaml', 'utf8')).map((one) => {
    expect(one.errors).toEqual([]);
    return one.toJS();
  });
  const find = (kind: string) => objects.filter((one) => one.kind === kind);
  const [set] = find('StatefulSet');
  const { spec } = set.spec.template;
  const [container] = spec.containers;

  test('start the node with flags that there are, and as many nodes as it expects', async () => {
    const [command, verb, ...words] = container.args as string[];
    expect([...container.command, command, verb]).toEqual(['mneme', 'cluster', 'start']);
    const flags = Object.fromEntries(
      words.map((word) => [/^--([a-z-]+)=/.exec(word)![1], word.replace(/^[^=]*=/, '')]),
    );
    expect(Object.keys(flags).filter((flag) => !START_OPTION_LIST.some(([, option]) => option.flag === flag))).toEqual(
      [],
    );
    await expectToParse([command!, verb!, ...words.map((word) => word.replaceAll('$(POD_NAME)', 'mneme-0'))]);
    expect(Number(flags.expect)).toBe(set.spec.replicas);
    expect(flags.discover).toBe(`dns:${set.spec.serviceName}:7379`);
    expect(flags.advertise).toBe(`$(POD_NAME).${set.spec.serviceName}:7379`);
    expect(flags['secret-file']).toBe(
      container.env.find(({ name }: { name: string }) => name === 'MNEME_SECRET_FILE').value,
    );
  });

  test('agree with each other: services, ports, probes, volumes', () => {
    const labels = set.spec.template.metadata.labels;
    expect(set.spec.selector.matchLabels).toEqual(labels);
    for (const { spec: service } of find('Service')) expect(service.selector).toEqual(labels);
    const [headless] = find('Service').filter((one) => one.metadata.name === set.spec.serviceName);
    expect(headless.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    const ports = new Map(
      container.ports.map((port: { name: string; containerPort: number }) => [port.name, port.containerPort]),
    );
    for (const { port, name } of headless.spec.ports) expect(ports.get(name)).toBe(port);
    expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
    const volumes = [
      ...spec.volumes.map(({ name }: { name: string }) => name),
      ...set.spec.volumeClaimTemplates.map((one: { metadata: { name: string } }) => one.metadata.name),
    ];
    expect(container.volumeMounts.map(({ name }: { name: string }) => name).sort()).toEqual(volumes.sort());
  });
});

// ---

function isKnown({ language, word }: Block): boolean {
  if (language === 'sh') return word === 'npm' || word === 'elsewhere';
  // Declarations and their examples, which the compiler and the tests of the library see.
  return language === 'text' || language === 'ts' ? word === '' : language === 'js' && word === 'api';
}

/** Without what is in fences. */
function proseOf(document: string): string {
  return readFileSync(document, 'utf8').replace(/^```[\s\S]*?^```/gm, '');
}

function anchorsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

const config = Config.load(process.cwd());

/** Takes what is typed behind `mneme`, without quotes in it. */
async function expectToParse(words: readonly string[]): Promise<void> {
  const loaded = await config;
  const length = [2, 1].find((count) => loaded.findCommand(words.slice(0, count).join(':')) !== undefined);
  expect({ words, isCommand: length !== undefined }).toEqual({ words, isCommand: true });
  const { default: Command } = await import(`../../src/commands/${words.slice(0, length).join('/')}.js`);
  const { flags, baseFlags = {}, args, strict } = Command;
  await Parser.parse(words.slice(length), { flags: { ...baseFlags, ...flags }, args, strict });
}
