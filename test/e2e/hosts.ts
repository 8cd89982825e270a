import { execFileSync } from 'node:child_process';

/** What comes before a command that is to run in a network namespace. */
export const inside = (namespace: string): [string, ...string[]] => ['ip', 'netns', 'exec', namespace];

/** Why network namespaces and the packet filter cannot be used here; null if they can. */
export function whyNoHosts(): string | null {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  const probe = `mneme-p-${process.pid}`;
  try {
    run('ip', 'netns', 'add', probe);
    run(...inside(probe), 'nft', 'list', 'ruleset');
    return null;
  } catch (error) {
    return (error as Error).message.split('\n')[0] ?? 'refused';
  } finally {
    tryTo('ip', 'netns', 'del', probe);
  }
}

export function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Returns whether it succeeded. */
export function tryTo(command: string, ...args: string[]): boolean {
  try {
    run(command, ...args);
    return true;
  } catch {
    return false;
  }
}
