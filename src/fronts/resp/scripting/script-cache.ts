import { createHash } from 'node:crypto';
import type { Bytes } from '../../../core/model/bytes.js';

export interface Script {
  readonly sha: string;
  readonly source: Bytes;
}

/**
 * The scripts that clients have loaded or run, by their SHA-1. Of more than there is room for those go that were not used for longest;
 * whoever asks for one of them is answered NOSCRIPT, and sends it again.
 */
export class ScriptCache {
  private readonly scripts = new Map<string, Script>();
  private bytes = 0;
  /** The one that was used last. */
  private latest: Script | undefined;
  /** The latest of each length that was sent again. */
  private readonly byLength = new Map<number, Script>();

  /** @param onDropped told of each that goes */
  constructor(private readonly onDropped: (sha: string) => void) {}

  get size(): number {
    return this.scripts.size;
  }

  get byteCount(): number {
    return this.bytes;
  }

  has(sha: string): boolean {
    return this.scripts.has(sha);
  }

  get(sha: string): Script | undefined {
    if (this.latest?.sha === sha) return this.latest;
    const script = this.scripts.get(sha);
    if (script === undefined) return undefined;
    this.scripts.delete(sha);
    this.scripts.set(sha, script);
    this.latest = script;
    return script;
  }

  /** By what it says: who sends a script anew each time need not wait for its SHA-1. */
  like(source: Bytes): Script | undefined {
    const { length } = source;
    const found = this.byLength.get(length);
    if (found !== undefined && Buffer.compare(found.source, source) === 0) return this.get(found.sha);
    const script = this.get(shaOf(source));
    if (script !== undefined) this.byLength.set(length, script);
    return script;
  }

  add(script: Script): void {
    if (this.has(script.sha)) return;
    this.scripts.set(script.sha, script);
    this.latest = script;
    this.bytes += costOf(script);
    for (const oldest of this.scripts.values()) {
      if ((this.scripts.size <= SCRIPTS_MAX && this.bytes <= BYTES_MAX) || oldest === script) break;
      this.drop(oldest);
    }
  }

  clear(): void {
    for (const script of [...this.scripts.values()]) this.drop(script);
  }

  private drop(script: Script): void {
    this.scripts.delete(script.sha);
    if (this.latest === script) this.latest = undefined;
    if (this.byLength.get(script.source.length) === script) this.byLength.delete(script.source.length);
    this.bytes -= costOf(script);
    this.onDropped(script.sha);
  }
}

export function shaOf(source: Bytes): string {
  return createHash('sha1').update(source).digest('hex');
}

// ---

const SCRIPTS_MAX = 1000;
const BYTES_MAX = 4 * 1024 * 1024;
const SCRIPT_BYTES = 300;

function costOf({ source }: Script): number {
  return source.length + SCRIPT_BYTES;
}
