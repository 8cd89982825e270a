import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import '../bench/register.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    minutes: { type: 'string', default: '1' },
    /** Where everything is written; this program gives it to itself, once it runs in namespaces of its own. */
    inside: { type: 'string' },
  },
});
const isMeant = Number.isSafeInteger(Number(values.seed)) && Number(values.minutes) > 0;
if (!isMeant) {
  console.error(
    `--seed ${values.seed} --minutes ${values.minutes}: a whole number, and more than 0 minutes, such as --seed 7 --minutes 3`,
  );
  process.exit(2);
}
process.exitCode = values.inside === undefined ? await outside() : await inside(values.inside);

/**
 * Processes, mounts and networks are those of a process that has namespaces of its own, and end with it: however it ends,
 * nothing is left, and two runs know nothing of each other.
 */
async function outside() {
  const { whyNoHosts } = await import('../e2e/hosts.ts');
  const why = whyNoHosts();
  console.log(`npm run test:faults -- --seed ${values.seed} --minutes ${values.minutes}`);
  if (why !== null) {
    console.log(`left out: all of it, since network namespaces cannot be used here (${why})`);
    return 0;
  }
  const directory = mkdtempSync(join(tmpdir(), 'mneme-faults-'));
  console.log(`report: ${directory}`);
  const own = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const program = [process.execPath, import.meta.filename, '--seed', values.seed, '--minutes', values.minutes];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...own, ...program, '--inside', directory], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.stdin.end());
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}

/** Ends early when its input does. */
async function inside(directory) {
  const { run } = await import('../e2e/hosts.ts');
  const { runFaults } = await import('./run.ts');
  // Names of network namespaces are files.
  run('mount', '-t', 'tmpfs', 'tmpfs', '/run/netns');
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end.abort());
  process.stdin.once('end', () => end.abort()).resume();
  const { seed, minutes } = values;
  const options = { seed: Number(seed), minutes: Number(minutes), directory, signal: end.signal, log: console.log };
  const stands = await runFaults(options);
  if (!stands) console.log(`with --seed ${seed}; all of it is in ${directory}`);
  process.exit(end.signal.aborted ? 130 : stands ? 0 : 1);
}
