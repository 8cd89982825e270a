import type { Storage } from '../../core/store/store.js';
import type { State } from './state.js';

/**
 * What the bases of collections hold, so that what an application changes can be told from what others changed meanwhile: see
 * {@link changesOf}. Apart from the ledger's rows, many of which are written anew together.
 */
export class BaseContents {
  /** By key, the digests of those that are kept. */
  private readonly kept = new Map<string, string>();

  constructor(private readonly storage: Storage) {
    for (const name of storage.metaNames(PREFIX)) this.kept.set(name.slice(PREFIX.length), '');
  }

  /** The bases of a key as they were when they were kept. */
  restored(id: string, bases: readonly State[]): readonly State[] {
    if (!this.kept.has(id)) return bases;
    const contents = new Map(this.storage.getMeta(PREFIX + id) as Kept);
    this.kept.set(id, signatureOf(bases));
    return bases.map((base) => {
      const content = base === null ? undefined : contents.get(base.digest);
      return base === null || content === undefined ? base : { ...base, content: Buffer.from(content, 'base64') };
    });
  }

  keep(id: string, bases: readonly State[]): void {
    if (this.kept.size === 0 && bases.every((base) => base?.content === undefined)) return;
    const signature = signatureOf(bases);
    if (signature === (this.kept.get(id) ?? '')) return;
    if (signature === '') return this.forget(id);
    this.kept.set(id, signature);
    const contents: Kept = bases.flatMap((base) =>
      base?.content === undefined ? [] : [[base.digest, base.content.toString('base64')] as const],
    );
    this.storage.setMeta(PREFIX + id, contents);
  }

  forget(id: string): void {
    if (this.kept.delete(id)) this.storage.setMeta(PREFIX + id, undefined);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const PREFIX = 'redis/base/';

type Kept = (readonly [digest: string, base64: string])[];

function signatureOf(bases: readonly State[]): string {
  return bases.flatMap((base) => (base?.content === undefined ? [] : [base.digest])).join();
}
