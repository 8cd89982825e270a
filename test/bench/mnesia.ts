import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { endingWithUs } from './children.js';
import type { Rates } from './in-process-run.js';
import { freePort } from './probes.js';

const SCRIPT = fileURLToPath(new URL('./mnesia.escript', import.meta.url));
const run = promisify(execFile);

/** The Erlang whose Mnesia is installed; null: none is. */
export function mnesiaVersion(): string | null {
  const ask =
    'case code:which(mnesia) of non_existing -> halt(1); _ -> io:put_chars(erlang:system_info(otp_release)), halt(0) end.';
  const { status, stdout } = spawnSync('erl', ['-noshell', '-eval', ask], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** Measured inside of its VM. A second node finds it by a name server of their own, which ends with them. */
export async function mnesiaRates(entries: number, directory: string, isWithPeer: boolean): Promise<Rates> {
  const env = { ...process.env, ERL_EPMD_PORT: String(await freePort()) };
  const args = [SCRIPT, String(entries), directory, isWithPeer ? 'with-peer' : 'alone'];
  const running = run('escript', args, { env });
  try {
    const { stdout } = await endingWithUs(running.child, () => running);
    // Its VM reports there too, that it is overloaded, say.
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Rates;
  } finally {
    if (isWithPeer) spawnSync('epmd', ['-kill'], { env });
  }
}
