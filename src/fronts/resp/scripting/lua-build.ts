import { readFileSync } from 'node:fs';
import { distFile } from '../../../engines/dist-file.js';
import { type LuaInsides, type LuaSystem, luaImports } from './lua-imports.js';

/** Where this build of Lua has os.tmpname in its table of functions: nobody makes files here, so the host's function takes its place. */
export const HOST_FUNCTION = 107;

/** What it exports, of C's interface to Lua and of its own. */
export interface LuaExports extends LuaInsides {
  readonly table: LuaInsides['table'] & { set(index: number, call: object): void };
  construct(): void;
  newState(): number;
  openLibraries(state: number): void;
  loadBuffer(state: number, at: number, length: number, name: number): number;
  top(state: number): number;
  setTop(state: number, count: number): void;
  pushValue(state: number, index: number): void;
  typeOf(state: number, index: number): number;
  /** lua_tolstring: where the bytes of a text are; writes its length to `lengthAt`. */
  textOf(state: number, index: number, lengthAt: number): number;
  /** lua_pushstring: a copy of the text at this place, up to its first byte 0. */
  pushText(state: number, at: number): void;
  /** lua_pcall */
  call(state: number, args: number, results: number, handler: number): number;
  allocate(bytes: number): number;
  stackAllocate(bytes: number): number;
}

/** Lua 5.1.5 as lua-wasm-bindings 0.5.3 compiles it: one more, with nothing loaded yet. */
export function openLua(system: LuaSystem): LuaExports {
  compiled ??= new WebAssembly.Module(readFileSync(distFile('lua.wasm')));
  const imports = luaImports(system, () => lua);
  const { exports } = new WebAssembly.Instance(compiled, { a: imports });
  const named = Object.entries(EXPORTS).map(([name, short]) => [name, exports[short]]);
  const lua = Object.fromEntries(named) as LuaExports;
  return lua;
}

// ---

/** By the short names that this build gave them; bin/build.js refuses another one. */
const EXPORTS = {
  memory: 'F',
  table: 'qa',
  construct: 'G',
  newState: '$',
  openLibraries: 'ga',
  loadBuffer: 'Z',
  top: 'H',
  setTop: 'I',
  pushValue: 'M',
  typeOf: 'N',
  textOf: 'Q',
  pushText: 'R',
  call: 'X',
  allocate: 'pa',
  stackSave: 'la',
  stackRestore: 'ma',
  stackAllocate: 'na',
  setThrew: 'oa',
} as const;

/** What TypeScript knows of browsers alone. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
};

let compiled: object | undefined;
