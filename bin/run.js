#!/usr/bin/env node
import module from 'node:module';

// `mneme entry list | head` closes our stdout early. That is the reader's choice, not an error. What has to be cleaned up at an end, such as
// the nodes of a demo, is cleaned up as at any other.
let isEnding = false;
process.stdout.on('error', (error) => {
  if (isEnding) return;
  if (error.code === 'EPIPE') {
    isEnding = process.emit('SIGTERM', 'SIGTERM');
    if (isEnding) return;
    process.exit(process.exitCode ?? 0);
  }
  const why = /^\w+: ([^,]*)/.exec(error.message)?.[1] ?? error.message;
  process.stderr.write(`error: cannot write standard output: ${why} (${error.code})\n`);
  process.exit(6);
});
// What cannot be told on stderr is told nowhere: no reason for a node to end.
process.stderr.on('error', () => {});

// For each command alike, and for what is told of those that there are not.
const noColor = process.argv.indexOf('--no-color');
if (noColor > 0) {
  process.argv.splice(noColor, 1);
  process.env.NO_COLOR = '1';
}
const args = process.argv.slice(2);
// What other programs have as commands, and what the command framework has as flags.
if ((args[0] === 'help' && args[1] !== 'json') || args[0] === '-h')
  process.argv.splice(2, args.length, ...args.slice(1), '--help');
if (args.length === 1 && (args[0] === '--version' || args[0] === 'version')) {
  // As the command framework writes it, without loading that.
  const { name, version } = module.createRequire(import.meta.url)('../package.json');
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else if (args[0] === '__complete') {
  // A shell asks, at each press of a key: without the command framework.
  const { complete } = await import('../dist/cli/completion/complete.js');
  await complete(new URL('..', import.meta.url), args.slice(1));
} else {
  // From Node 22.1 on: what was compiled once is not compiled again.
  module.enableCompileCache?.();
  const { program } = await import('../dist/cli/program.js');
  await program(import.meta.url);
}
