import { createPrompt, useKeypress } from '@inquirer/core';

interface KeyQuestion {
  /** All that is on the screen meanwhile: lower than the terminal, or it could not be taken away again. */
  readonly screen: string;
  /** Names of the keys that are taken; others do nothing. */
  readonly keys: readonly string[];
  /** Others are given too, where they can be named in a character. */
  readonly any: boolean;
}

/** Shows a screen and waits for one of some keys. */
export const keyPrompt = createPrompt<string, KeyQuestion>(({ screen, keys, any }, done) => {
  useKeypress((event, rl) => {
    // What is typed is no text.
    rl.clearLine(0);
    const name = event.name ?? (event as { sequence?: string }).sequence ?? '';
    if (keys.includes(name) || (any && name.length === 1 && event.ctrl !== true)) done(name);
  });
  return screen;
});
