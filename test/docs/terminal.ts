import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** A network, processes and a host name of its own: ports are as they are written, and all that was started ends with it. */
const UNSHARE = [
  ...['--net', '--pid', '--uts', '--mount', '--mount-proc', '--fork', '--kill-child'],
  ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
];
/** A machine with three addresses, which stand for three machines. */
const MACHINE =
  'hostname laptop; ip link set lo up; for n in 1 2 3; do ip address add 10.0.0.$n/32 dev lo; done; exec bash --noprofile --norc';

const OTHERS = ['redis-cli', 'redis-server', 'jq', 'curl', 'openssl'];

/** What a reader's shell looks like in the documents. */
const HOME_SHOWN = '/home/ann';

export interface Printed {
  readonly text: string;
  /** Commands that failed, each with its exit code; 3 is an answer of those that tell how things are. */
  readonly failed: readonly string[];
}

/** Why nothing can be typed here; null if it can. */
export function whyNoTerminal(): string | null {
  const { status, stderr, error } = spawnSync('unshare', [...UNSHARE, 'sh', '-c', MACHINE], {
    encoding: 'utf8',
    input: '',
  });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

/** Which of the programs that guides use beside `mneme` are not installed. */
export function missingPrograms(typed: string): string[] {
  const named = OTHERS.filter((program) => new RegExp(`(^|[|;(] *)${program} `, 'm').test(typed));
  return named.filter((program) => spawnSync('which', [program]).status !== 0);
}

/** A shell in an empty home directory, in which `mneme` and the packages that this project develops with are installed. */
export class Terminal {
  private readonly home = mkdtempSync(join(tmpdir(), 'mneme-docs-'));
  private readonly shell: ChildProcess;
  private text = '';
  private count = 0;

  constructor() {
    furnish(this.home);
    this.shell = spawn('unshare', [...UNSHARE, 'sh', '-c', MACHINE], {
      cwd: this.home,
      env: {
        PATH: `${this.home}/.bin:${dirname(process.execPath)}:${process.env.PATH}`,
        HOME: this.home,
        ...{ USER: 'ann', LANG: 'C.UTF-8', TZ: 'UTC', NO_COLOR: '1', COLUMNS: '100' },
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.shell.stdout!, this.shell.stderr!]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        this.text += chunk;
      });
    }
  }

  /** Saves a file in the home directory. */
  save(name: string, text: string): void {
    writeFileSync(join(this.home, name), text);
  }

  /** Types a block, and waits until it has ended. */
  async type(block: string, timeoutMs = 60_000): Promise<Printed> {
    const script = join(this.home, `.typed-${++this.count}`);
    const failures = `${script}-failed`;
    writeFileSync(script, `${block}\n`);
    writeFileSync(failures, '');
    this.text = '';
    const end = `typed ${this.count}`;
    // At its prompt a shell tells of jobs that ended, and gives their numbers away again; this one has no prompt.
    this.shell.stdin!.write(
      `set -E; trap 'code=$?; [ $code = 3 ] || echo "exit code $code: $BASH_COMMAND" >> ${failures}' ERR\n` +
        `. ${script} < /dev/null 2>&1\ntrap - ERR; jobs > /dev/null; printf '\\n%s\\n' '${end}'\n`,
    );
    const deadlineMs = Date.now() + timeoutMs;
    while (!this.text.includes(`\n${end}\n`)) {
      if (Date.now() > deadlineMs) throw new Error(`did not end within ${timeoutMs} ms:\n${block}\n${this.text}`);
      await new Promise((done) => setTimeout(done, 5));
    }
    const text = this.text.replace(`\n${end}\n`, '').replaceAll(this.home, HOME_SHOWN);
    return { text, failed: readFileSync(failures, 'utf8').split('\n').filter(Boolean) };
  }

  async close(): Promise<void> {
    const ended = once(this.shell, 'exit');
    this.shell.kill('SIGKILL');
    await ended;
    rmSync(this.home, { recursive: true, force: true, maxRetries: 10 });
  }
}

// ---

function furnish(home: string): void {
  mkdirSync(join(home, '.bin'));
  const program = join(home, '.bin/mneme');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${resolve('bin/run.js')}" "$@"\n`);
  chmodSync(program, 0o755);
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { devDependencies: object };
  for (const [name, from] of [
    ['mneme', '.'],
    ...Object.keys(devDependencies).map((one) => [one, `node_modules/${one}`]),
  ]) {
    const link = join(home, 'node_modules', name!);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve(from!), link);
  }
}
