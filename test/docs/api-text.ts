import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { START_OPTION_LIST, type StartOption } from '../../src/node/start-options.js';

const TYPES = 'dist/types/esm';
const IMPORTS: readonly [file: string, name: string, about: string][] = [
  ['index', 'mneme', 'a node in the process of an application'],
  ['express-session', 'mneme/express-session', 'a session store for Express and Fastify'],
  ['keyv', 'mneme/keyv', 'a cache for Keyv and cache-manager'],
  ['admin', 'mneme/admin', 'what the `mneme` command does, for programs'],
];

/** docs/api.md, of the types that the package brings (`npm run build`): what each entry exports, as it is declared, with its comments. */
export function apiText(): string {
  const shown = new Map<string, string>();
  const parts = IMPORTS.map(([file, name, about]) => {
    const items = exportsOf(resolve(TYPES, `exports/${file}.d.ts`));
    const texts = [...items].map(([exported, { text }]) => {
      const first = shown.get(text);
      if (first !== undefined) return [`### ${exported}`, ...wordsOfVerb(text), `As ${first}.`].join('\n\n');
      const isRenamed = exported !== declaredIn(text) && exported !== 'default';
      shown.set(text, isRenamed ? `\`${exported}\` in \`${name}\`` : `in \`${name}\``);
      return itemText(exported, file === 'admin' ? text : withoutVerb(text)) + (MORE[exported] ?? (() => ''))();
    });
    for (const [exported, { text }] of items) {
      const declared = declaredIn(text);
      if (declared === undefined || declared === exported || exported === 'default') continue;
      for (const [i, one] of texts.entries()) texts[i] = one.replace(new RegExp(`\\b${declared}\\b`, 'g'), exported);
    }
    return `## ${name}\n\n${about[0]!.toUpperCase()}${about.slice(1)}.\n\n${texts.join('\n\n')}`;
  });
  return `${HEAD}\n${IMPORTS.map(([, name]) => `- [\`${name}\`](#${name.replace('/', '')})`).join('\n')}\n\n${parts.join('\n\n')}\n`;
}

// ---

const HEAD = `# API for applications in Node.js

**For** developers who call Mneme from their own code. **At the end** you have found the call that you need. Made of the types by \`npm run docs\`; do not
edit it. [Examples](examples) show it at work, and [compatibility](compatibility.md) says what of it stays as it is.
`;

/** What belongs to an export, and is no declaration of the package. */
const MORE: Readonly<Record<string, () => string>> = { OpenNodeOptions: startOptionRows };

/** Declared in full at the export `OpenNodeOptions`. */
const OWN_OPTIONS = new Set(['name', 'dir', 'memoryOnly', 'listen', 'clients', 'join', 'peers', 'maxMemory']);

function startOptionRows(): string {
  const rows = START_OPTION_LIST.filter(([name]) => !OWN_OPTIONS.has(name)).map(
    ([name, option]) =>
      `| \`${name}\` | \`${formOf(option).replaceAll('|', '\\|')}\` | ${option.words.replaceAll('|', '\\|')} |`,
  );
  return `\n\nThe others, all optional, each with the words of its flag:\n\n| option | form | meaning |\n|---|---|---|\n${rows.join('\n')}`;
}

function formOf({ kind, choices }: StartOption): string {
  if (kind === 'choice') return choices!.map((one) => `'${one}'`).join(' | ');
  if (kind === 'text' || kind === 'path') return 'string';
  if (kind === 'texts' || kind === 'addresses') return 'string[]';
  return kind === 'switch' ? 'boolean' : 'number';
}

interface Item {
  /** Its comment, and its declaration. */
  readonly text: string;
}

/** In the order in which the file names them. */
function exportsOf(file: string): Map<string, Item> {
  const source = readFileSync(file, 'utf8');
  const found = new Map<string, Item>();
  for (const statement of statementsOf(source)) {
    const star = /^export (?:type )?\* from '(.+)';$/m.exec(statement);
    const list = /^export (?:type )?\{([^}]*)\} from '(.+)';$/m.exec(statement);
    if (star !== null) for (const [name, item] of exportsOf(target(file, star[1]!))) found.set(name, item);
    else if (list !== null) {
      const there = exportsOf(target(file, list[2]!));
      for (const [original, name] of namesIn(list[1]!)) {
        const item = there.get(original);
        if (item === undefined) throw new Error(`${file} exports ${original}, which ${list[2]} has not`);
        found.set(name, item);
      }
    } else {
      const [, kind, name] = DECLARATION.exec(statement) ?? [];
      const [, renamed] = /^export \{ \w+ as (\w+) \};$/m.exec(statement) ?? [];
      const [, other] = /^export default (\w+);$/m.exec(statement) ?? [];
      if (name !== undefined && kind !== undefined) found.set(name, { text: statement });
      else if (other !== undefined) found.set('default', { text: `export default ${other};` });
      else if (renamed !== undefined) found.set(renamed, { text: statement });
    }
  }
  return found;
}

function declaredIn(text: string): string | undefined {
  return DECLARATION.exec(text)?.[2];
}

/** The comment of a reply of the admin API begins with how it is asked for, which is of use to programs that do so. */
const VERB = /^\/\*\*\s*\*?\s*(MNEME [A-Z][\s\S]*?)\s*\*\//;

function wordsOfVerb(text: string): string[] {
  const [, words] = VERB.exec(text) ?? [];
  return words === undefined ? [] : [words.replace(/^\s*\* ?/gm, '')];
}

/** With the first sentence of what follows the verb. */
function withoutVerb(text: string): string {
  return text
    .replace(VERB, (_all, words: string) => {
      const [sentence] =
        /^.*?\.(?=\s|$)/s.exec(
          words
            .split('\n')
            .slice(1)
            .join('\n')
            .replace(/^\s*\* ?/gm, ''),
        ) ?? [];
      return sentence === undefined ? '' : `/**\n * ${sentence}\n */`;
    })
    .trimStart();
}

const DECLARATION = /^export (?:declare |abstract |default )*(class|interface|type|function|const) (\w+)/m;

function target(file: string, from: string): string {
  return join(dirname(file), from.replace(/\.js$/, '.d.ts'));
}

function namesIn(list: string): [original: string, name: string][] {
  const words = list.split(',').map((one) => one.trim().replace(/^type /, ''));
  return words.filter(Boolean).map((one) => {
    const [original = '', name = original] = one.split(' as ');
    return [original, name];
  });
}

/** What the compiler wrote, cut at each line that ends something at the margin. */
function statementsOf(source: string): string[] {
  const statements: string[] = [];
  let open: string[] = [];
  let depth = 0;
  for (const line of source.split('\n')) {
    open.push(line);
    const isComment = /^\s*(\/\*\*|\*)/.test(line);
    if (!isComment) depth += (line.match(/[{(]/g)?.length ?? 0) - (line.match(/[})]/g)?.length ?? 0);
    if (depth === 0 && /[;}]$/.test(line) && !isComment) {
      statements.push(open.join('\n').trim());
      open = [];
    }
  }
  return statements;
}

function itemText(name: string, statement: string): string {
  const [, comment = '', declaration = statement] = /^\/\*\*([\s\S]*?)\*\/\n([\s\S]*)$/.exec(statement) ?? [];
  const about = comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .trim()
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/^@throws/gm, 'Throws')
    .replace(/^@param (\w+)/gm, '`$1`:')
    .replace(/((?:^ {4}.*\n?)+)/gm, (code) => `\`\`\`js api\n${code.replace(/^ {4}/gm, '').trimEnd()}\n\`\`\`\n`)
    .trim();
  const shown = declaration
    .replace(/^export (default )?(declare )?/m, '')
    // Nobody outside has these.
    .replace(/^ +private [^;]*;\n/gm, '')
    .replace(/ extends Base\b/, '')
    .replace(/^(?: {4})+/gm, (spaces) => ' '.repeat(spaces.length / 2));
  return [`### ${name}`, ...(about === '' ? [] : [about]), `\`\`\`ts\n${shown}\n\`\`\``].join('\n\n');
}
