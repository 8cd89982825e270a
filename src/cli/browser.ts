import { spawn } from 'node:child_process';

/** The program that opens an address in a browser, with its arguments before that; null: none can be seen from here. */
export function browserProgram(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
): readonly [string, ...string[]] | null {
  if (environment.BROWSER) return [environment.BROWSER];
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return environment.DISPLAY || environment.WAYLAND_DISPLAY ? ['xdg-open'] : null;
}

/** Returns whether a browser was asked to. It goes on when this process has ended. */
export function openInBrowser(url: string): Promise<boolean> {
  const program = browserProgram();
  if (program === null) return Promise.resolve(false);
  const [name, ...args] = program;
  return new Promise((resolve) => {
    const child = spawn(name, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
