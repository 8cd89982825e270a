import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

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
      if (first !== undefined) return `### ${exported}\n\nAs in \`${first}\`.`;
      shown.set(text, name);
      return itemText(exported, text);
    });
    return `## ${name}\n\n${about[0]!.toUpperCase()}${about.slice(1)}.\n\n${texts.join('\n\n')}`;
  });
  return `${HEAD}\n${IMPORTS.map(([, name]) => `- [\`${name}\`](#${name.replace('/', '')})`).join('\n')}\n\n${parts.join('\n\n')}\n`;
}

// ---

const HEAD = `# API for applications in Node.js

**For** developers who call Mneme from their own code. **At the end** you have found the call that you need. Made of the types by \`npm run docs\`; do not
edit it. [Examples](examples) show it at work, and [compatibility](compatibility.md) says what of it stays as it is.
`;

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
    .replace(/^(?: {4})+/gm, (spaces) => ' '.repeat(spaces.length / 2));
  return [`### ${name}`, ...(about === '' ? [] : [about]), `\`\`\`ts\n${shown}\n\`\`\``].join('\n\n');
}
