import { readFileSync } from 'node:fs';
import { distFile } from '../../../engines/dist-file.js';
import { BIT } from './lua/bit.js';
import { CJSON } from './lua/cjson.js';
import { CMSGPACK } from './lua/cmsgpack.js';
import { CONVERSION } from './lua/conversion.js';
import { NUMBERS } from './lua/numbers.js';
import { SANDBOX } from './lua/sandbox.js';
import { STRUCT } from './lua/struct.js';
import { type LuaInsides, luaImports } from './lua-imports.js';

/** The memory is given back after a script that made it grow to more than this. */
const KEPT_BYTES = 32 * 1024 * 1024;

/** What a script asks of its host: by a letter, and with texts. Returns what it reads as the answer. */
export type Answer = (letter: string, texts: Buffer[]) => Buffer;

/**
 * Lua 5.1.5, the one that Redis has, as WebAssembly. It has no way to the outside but its standard streams: what it writes is a request
 * of the running script, which is answered before the write returns, or the outcome of the run. A request is a line with a letter
 * and the lengths of texts, and then those texts.
 */
export class LuaMachine {
  /** It cannot be used any more. */
  isBroken = false;
  private readonly lua: LuaExports;
  private readonly state: number;
  private input: Buffer = NOTHING;
  private inputAt = 0;
  private output: Buffer[] = [];
  private outputBytes = 0;
  private answer: Answer = () => NOTHING;
  private startedMs = 0;

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(distFile('lua.wasm')));
    const system = {
      read: (into: Uint8Array) => this.give(into),
      write: (bytes: Uint8Array) => this.take(bytes),
      seconds: () => (performance.now() - this.startedMs) / 1000,
    };
    const { exports } = new WebAssembly.Instance(compiled, { a: luaImports(system, () => this.lua) });
    const named = Object.entries(EXPORTS).map(([name, short]) => [name, exports[short]]);
    this.lua = Object.fromEntries(named) as LuaExports;
    this.lua.construct();
    this.state = this.lua.newState();
    this.lua.openLibraries(this.state);
    for (const source of [CJSON, NUMBERS, BIT, STRUCT, CMSGPACK, CONVERSION + SANDBOX]) this.load(source);
  }

  get memoryBytes(): number {
    return this.lua.memory.buffer.byteLength;
  }

  /**
   * Deals with a request, as `sandbox.ts` describes it. Returns what it wrote as the outcome. Throws if Lua itself failed, or
   * ran out of what it may have: the machine is broken then.
   */
  run(request: Buffer, answer: Answer): Buffer {
    this.input = request;
    this.inputAt = 0;
    this.answer = answer;
    this.startedMs = performance.now();
    try {
      const { lua, state } = this;
      lua.pushValue(state, 1);
      if (lua.call(state, 0, 0, 0) !== 0) throw new Error('the Lua around a script has failed');
      return this.taken();
    } catch (error) {
      this.isBroken = true;
      throw error;
    } finally {
      this.output = [];
      this.outputBytes = 0;
      this.input = NOTHING;
      if (this.memoryBytes > KEPT_BYTES) this.isBroken = true;
    }
  }

  // ---

  /** Each source is one function; what it returns stays on the stack, or goes into a global name. */
  private load(source: string): void {
    const { lua, state } = this;
    const bytes = Buffer.from(source, 'latin1');
    const stack = lua.stackSave();
    const at = lua.stackAllocate(bytes.length + NAME.length);
    const memory = new Uint8Array(lua.memory.buffer);
    memory.set(bytes, at);
    memory.set(NAME, at + bytes.length);
    const isLoaded = lua.loadBuffer(state, at, bytes.length, at + bytes.length) === 0;
    if (!isLoaded || lua.call(state, 0, MULTIPLE, 0) !== 0) throw new Error('the Lua around scripts does not load');
    lua.stackRestore(stack);
  }

  private give(into: Uint8Array): number {
    const length = Math.min(into.length, this.input.length - this.inputAt);
    into.set(this.input.subarray(this.inputAt, this.inputAt + length));
    this.inputAt += length;
    return length;
  }

  private take(bytes: Uint8Array): void {
    this.output.push(Buffer.from(bytes));
    this.outputBytes += bytes.length;
    if (this.output[0]![0] === OUTCOME) return;
    const all = this.taken();
    const end = all.indexOf(NEWLINE);
    const [letter = '', ...lengths] = all.toString('latin1', 0, Math.max(0, end)).split(' ');
    const wanted = lengths.reduce((sum, length) => sum + Number(length), end + 1);
    if (end < 0 || all.length < wanted) return;
    this.output = [];
    this.outputBytes = 0;
    let at = end + 1;
    const texts = lengths.map((length) => {
      const start = at;
      at += Number(length);
      return all.subarray(start, at);
    });
    this.input = this.answer(letter, texts);
    this.inputAt = 0;
  }

  /** In one piece. */
  private taken(): Buffer {
    if (this.output.length !== 1) this.output = [Buffer.concat(this.output, this.outputBytes)];
    return this.output[0]!;
  }
}

// ---

const NOTHING = Buffer.alloc(0);
const NEWLINE = 0x0a;
const OUTCOME = 'R'.charCodeAt(0);
const MULTIPLE = -1;
const NAME = Buffer.from('=redis\0');

/** By the short names that the build of lua-wasm-bindings 0.5.3 gave them; bin/build.js refuses another build. */
const EXPORTS = {
  memory: 'F',
  table: 'qa',
  construct: 'G',
  newState: '$',
  openLibraries: 'ga',
  loadBuffer: 'Z',
  pushValue: 'M',
  call: 'X',
  stackSave: 'la',
  stackRestore: 'ma',
  stackAllocate: 'na',
  setThrew: 'oa',
} as const;

interface LuaExports extends LuaInsides {
  construct(): void;
  newState(): number;
  openLibraries(state: number): void;
  loadBuffer(state: number, at: number, length: number, name: number): number;
  pushValue(state: number, index: number): void;
  /** lua_pcall */
  call(state: number, args: number, results: number, handler: number): number;
  stackAllocate(bytes: number): number;
}

/** What TypeScript knows of browsers alone. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

let compiled: object | undefined;
