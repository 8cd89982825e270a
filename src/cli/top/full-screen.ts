/** What an operator presses. */
export type Key = 'quit' | 'pause' | 'up' | 'down' | 'left' | 'right';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[?25h\x1b[?1049l';
/** Terminals that know of it show all that is between at once. */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';

const KEYS: Readonly<Record<string, Key>> = {
  ...{ q: 'quit', Q: 'quit', '\x03': 'quit', '\x04': 'quit', p: 'pause', P: 'pause', ' ': 'pause' },
  ...{ '\x1b[A': 'up', '\x1b[B': 'down', '\x1b[C': 'right', '\x1b[D': 'left' },
  ...{ '\x1bOA': 'up', '\x1bOB': 'down', '\x1bOC': 'right', '\x1bOD': 'left' },
};

/**
 * A screen of its own in a terminal, which shows what was there before when it is left: however that comes, by `leave`, a signal, or an
 * error that nobody expected. A picture is one write, over the one before.
 */
export class FullScreen {
  private isOn = false;
  private readonly keys: NodeJS.ReadStream;
  private readonly stream: NodeJS.WriteStream;
  private onKey: (key: Key) => void = () => {};

  constructor(stream: NodeJS.WriteStream = process.stdout, keys: NodeJS.ReadStream = process.stdin) {
    this.stream = stream;
    this.keys = keys;
  }

  get rows(): number {
    return this.stream.rows;
  }

  /** @param onChange the terminal has another size, or is ours again */
  enter(onKey: (key: Key) => void, onChange: () => void): void {
    this.isOn = true;
    this.onKey = onKey;
    this.stream.write(ENTER);
    process.on('exit', this.leave);
    for (const signal of SIGNALS) process.on(signal, this.quit);
    this.stream.on('resize', onChange);
    process.on('SIGCONT', onChange);
    if (!this.keys.isTTY) return;
    this.keys.setRawMode(true);
    this.keys.on('data', this.press);
    this.keys.on('end', this.quit);
    this.keys.resume();
  }

  draw(text: string): void {
    if (!this.isOn) return;
    const lines = text.split('\n').map((line) => `${line}\x1b[K`);
    this.stream.write(`${BEGIN}\x1b[H${lines.join('\r\n')}\x1b[J${END}`);
  }

  readonly leave = (): void => {
    if (!this.isOn) return;
    this.isOn = false;
    process.off('exit', this.leave);
    for (const signal of SIGNALS) process.off(signal, this.quit);
    if (this.keys.isTTY) {
      this.keys.off('data', this.press);
      this.keys.setRawMode(false);
      this.keys.pause();
    }
    this.stream.write(LEAVE);
  };

  private readonly quit = (): void => this.onKey('quit');

  /** Several keys may come in one piece. */
  private readonly press = (bytes: Buffer): void => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: keys are such characters
    for (const key of bytes.toString('latin1').match(/\x1b[[O][A-Z]|[\s\S]/g) ?? []) {
      const pressed = KEYS[key];
      if (pressed !== undefined) this.onKey(pressed);
    }
  };
}

// ---

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
