import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUCKETS } from '../../src/core/model/bytes.js';
import { OperatorError } from '../../src/core/model/errors.js';
import { openEmbeddedEngine } from '../../src/engines/embedded/embedded-engine.js';
import { entry } from '../engines/support/entries.js';
import type { Prng } from '../sim/prng.js';
import { mutated } from './mutate.js';

const OPEN_MS = 20_000;

/** Directories with a journal, or a snapshot and a journal, that are changed at a few places and opened. */
export class Directories {
  private made = 0;
  opened = 0;
  refused = 0;

  private constructor(
    private readonly dir: string,
    /** Each value that was ever written. */
    private readonly values: ReadonlySet<string>,
  ) {}

  static async in(dir: string): Promise<Directories> {
    const values = new Set<string>();
    for (const kind of KINDS) {
      const path = join(dir, kind);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      const engine = await openEmbeddedEngine({ dir: path, compactBytesMin: kind === 'journal' ? 1 << 24 : 4096 });
      const store = engine.store('data');
      for (let seq = 1; seq <= 200; seq++) {
        const value = `${kind} ${seq} ${'v'.repeat(seq % 90)}`;
        values.add(value);
        store.put(entry(`k${seq % 60}`, Buffer.from(value), seq));
        if (seq % 10 === 0) await engine.sync();
      }
      await engine.close();
    }
    return new Directories(dir, values);
  }

  /** One more: a sentence if it was neither opened with what was written nor refused in words. */
  async tryOne(random: Prng): Promise<string | null> {
    const path = join(this.dir, `mutant-${this.made++}`);
    cpSync(join(this.dir, random.pick(KINDS)), path, { recursive: true });
    const file = random.pick(readdirSync(path).filter((name) => /^(journal|snapshot)-/.test(name)));
    writeFileSync(join(path, file), mutated(random, readFileSync(join(path, file))));
    try {
      return await this.open(path, file);
    } finally {
      rmSync(path, { recursive: true });
    }
  }

  private async open(dir: string, file: string): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it does not open within ${OPEN_MS} ms`)), OPEN_MS);
    });
    try {
      const engine = await Promise.race([openEmbeddedEngine({ dir }), late]);
      const store = engine.store('data');
      let odd: string | null = null;
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        for (const { value } of store.bucket(bucket)) {
          const text = value === null ? null : Buffer.from(value).toString('latin1');
          if (text !== null && !this.values.has(text)) odd = text;
        }
      }
      await engine.close();
      this.opened++;
      return odd === null ? null : `${file}: a value came up that nobody wrote: ${odd.slice(0, 80)}`;
    } catch (error) {
      this.refused++;
      return error instanceof OperatorError ? null : `${file}: ${error instanceof Error ? error.stack : String(error)}`;
    } finally {
      clearTimeout(timer);
    }
  }
}

// ---

const KINDS = ['journal', 'compacted'] as const;
