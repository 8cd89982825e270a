import type { Problems } from '../core/membership/problems.js';
import { advice, quoteWord } from '../hints/advice.js';
import type { TlsFiles } from '../links/tls-files.js';
import type { TlsPort } from '../links/tls-port.js';

/** How often the files are looked at. */
const EVERY_MS = 2000;
const SOON_MS = 14 * 86_400_000;

/** Takes certificates that were replaced while the node runs, and tells in time of one that ends. */
export class TlsCare {
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly files: TlsFiles,
    private readonly port: TlsPort,
    private readonly problems: Problems,
    private readonly log: (text: string) => void,
  ) {
    this.look();
    this.timer = setInterval(() => this.look(), EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    try {
      if (this.files.refresh()) {
        this.port.renew();
        this.log(`certificates were read anew: ${this.files.own?.subject}, good until ${this.ends()}`);
      }
      this.problems.clear('tls-files');
    } catch (error) {
      const text = `new certificates are not used: ${(error as Error).message}; the ones before stay in use`;
      this.problems.note('tls-files', '', text, LOOK);
    }
    this.noteEnd();
  }

  private noteEnd(): void {
    const { own } = this.files;
    if (own === null) return;
    const leftMs = own.endsMs - Date.now();
    if (leftMs > SOON_MS) return this.problems.clear('certificate');
    const text = leftMs < 0 ? `has ended, on ${this.ends()}: nobody connects by TLS` : `ends on ${this.ends()}`;
    this.problems.note(
      'certificate',
      '',
      `the certificate in ${own.path} ${text}`,
      advice(`ls -l ${quoteWord(own.path)}`, 'Put a new one there, with its key: the node takes it without a restart.'),
    );
  }

  private ends(): string {
    const { endsMs = 0 } = this.files.own ?? {};
    return new Date(endsMs).toISOString().slice(0, 16).replace('T', ' ');
  }
}

// ---

const LOOK = 'Put certificate, key and authority there that go together: they are read again by themselves.';
