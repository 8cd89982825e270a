import { readFileSync } from 'node:fs';
import { distFile } from './dist-file.js';

/** What slab/assembly exports, and tells of. */
export interface InnerLoop {
  openBatch(origin: number, firstHlc: number, firstSeq: number, writesMax: number): void;
  /** Returns how many writes were made. */
  closeBatch(): number;
  warm(count: number): void;
  takeRows(count: number): void;
  packRows(count: number, origin: number, packedOrigin: number): number;
}

/** What slab/assembly/members.ts asks for. */
export interface MemberLists {
  openMembers(hash: number, key: number, length: number): number;
  countBelow(score: number, orEqual: number): number;
  rankOf(score: number, name: number, length: number): number;
  listMembers(rank: number, count: number, isReversed: number): number;
}

/** A WebAssembly.Memory. */
export interface GrowingMemory {
  /** Another one after each growth; the one before has no bytes then. */
  readonly buffer: ArrayBuffer;
  /** By so many pages of 64 KiB. Throws a RangeError. */
  grow(pages: number): number;
}

/** Pages of 64 KiB. Throws a RangeError where there is no address space for it, or no compiled code. */
export function newMemory(initial: number, maximum: number): GrowingMemory {
  if (typeof WebAssembly === 'undefined') throw new RangeError('this Node.js is run without WebAssembly');
  return new WebAssembly.Memory({ initial, maximum });
}

/** The store's inner loop, to work on this memory. */
export function innerLoop(memory: GrowingMemory, members: MemberLists): InnerLoop {
  compiled ??= new WebAssembly.Module(readFileSync(FILE));
  return new WebAssembly.Instance(compiled, { env: { memory }, members }).exports;
}

// ---

/** What TypeScript knows of browsers alone. */
interface WebAssemblyOfNode {
  Memory: new (size: { initial: number; maximum: number }) => GrowingMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: InnerLoop };
}

declare const WebAssembly: WebAssemblyOfNode;

const FILE = distFile('inner-loop.wasm');

let compiled: object | undefined;
