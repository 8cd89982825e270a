import type { ChildProcess } from 'node:child_process';

/** A child that is waited for here must not outlive this process, whatever ends it. */
export async function endingWithUs<T>(child: ChildProcess, wait: () => Promise<T>): Promise<T> {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  try {
    return await wait();
  } finally {
    process.removeListener('exit', kill);
  }
}
