#!/usr/bin/env node
// Writes src/fronts/resp/commands/command/redis-commands.ts anew: what a Redis 7.0 says of the commands that a node has too, by its
// COMMAND INFO and COMMAND DOCS. To be run after a command was added: node bin/command-data.js, with redis-server 7.0 installed.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'src/fronts/resp/commands/command/redis-commands.ts');
const socketPath = join(tmpdir(), `mneme-command-data-${process.pid}`);

const redis = spawn('redis-server', ['--port', '0', '--unixsocket', socketPath, '--save', ''], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
for await (const chunk of redis.stdout) if (/ready to accept/i.test(String(chunk))) break;
try {
  const socket = await new Promise((resolve) => {
    const opened = connect(socketPath, () => resolve(opened));
  });
  writeFileSync(target, await textOf({ socket, chunks: socket[Symbol.asyncIterator]() }, await commandNames()));
  socket.destroy();
} finally {
  redis.kill();
}

async function textOf(link, names) {
  const version = /redis_version:(\S+)/.exec(await ask(link, 'INFO', 'server'))[1];
  await ask(link, 'HELLO', '3');
  const lines = [];
  for (const name of names) {
    const [info] = await ask(link, 'COMMAND', 'INFO', name);
    if (info === null) continue;
    const { '%': pairs } = await ask(link, 'COMMAND', 'DOCS', name);
    const json = JSON.stringify([info.slice(0, 9), { '%': withoutSubcommands(pairs[1]['%']) }]);
    lines.push(`  '${name}':\n    '${json.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}',`);
  }
  return `/**
 * What Redis ${version} says of its commands by COMMAND INFO and COMMAND DOCS, for those that a node has too: made by
 * bin/command-data.js, not by hand. See command-data.ts for the form.
 */
export const REDIS_COMMANDS: Readonly<Record<string, string>> = {
${lines.join('\n')}
};
`;
}

function withoutSubcommands(pairs) {
  const at = pairs.indexOf('subcommands');
  return at < 0 ? pairs : pairs.toSpliced(at, 2);
}

async function commandNames() {
  const bundle = await build({
    absWorkingDir: root,
    entryPoints: ['src/fronts/resp/commands/registry.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external: ['*/redis-commands.js'],
  });
  const { COMMANDS } = await import(
    `data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString('base64')}`
  );
  const names = (commands) => commands.flatMap(({ name, subcommands = [] }) => [name, ...names(subcommands)]);
  return names(COMMANDS.all).sort();
}

/** Sends a command. Gives its reply in the form of command-data.ts. */
async function ask({ socket, chunks }, ...args) {
  const replies = [];
  socket.write(`*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join('')}`);
  for (;;) {
    replies.push((await chunks.next()).value);
    try {
      return parse(Buffer.concat(replies).toString('latin1'), { at: 0 });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

function parse(text, place) {
  const end = text.indexOf('\r\n', place.at);
  if (end < 0) throw new RangeError('incomplete');
  const [mark, line] = [text[place.at], text.slice(place.at + 1, end)];
  place.at = end + 2;
  const items = (count) => Array.from({ length: count }, () => parse(text, place));
  if (mark === '+') return `+${line}`;
  if (mark === ':') return Number(line);
  if (mark === '_') return null;
  if (mark === '*') return items(Number(line));
  if (mark === '~') return { '~': items(Number(line)) };
  if (mark === '%') return { '%': items(2 * Number(line)) };
  if (mark !== '$' && mark !== '=') throw new Error(`${mark}${line}`);
  const bulk = text.slice(place.at, place.at + Number(line));
  place.at += Number(line) + 2;
  if (place.at > text.length) throw new RangeError('incomplete');
  if (bulk.startsWith('+')) throw new Error(`a bulk string that looks like a simple one: ${bulk}`);
  return mark === '=' ? bulk.slice(4) : bulk;
}
