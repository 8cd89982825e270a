/** What the compiled Lua needs of the system: two streams and a clock. Everything else that it could ask for is refused. */
export interface LuaSystem {
  /** Bytes for its standard input, written to `into`; returns how many. */
  read(into: Uint8Array): number;
  /** Bytes of its standard output; good for this call alone. */
  write(bytes: Uint8Array): void;
  /** Seconds that the script has run for. */
  seconds(): number;
  /** So many bytes were copied, as in whatever makes long texts. If it throws, Lua stops where it is, for ever. */
  copied(bytes: number): void;
}

/** The part of its exports that the imports need in their turn. */
export interface LuaInsides {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly table: { get(index: number): (...args: number[]) => void };
  setThrew(env: number, value: number): void;
  stackSave(): number;
  stackRestore(pointer: number): void;
}

/**
 * The imports of Lua 5.1.5 as `lua-wasm-bindings` compiles it, by the short names that its build gave them. That package's own loader
 * would do, but for two things: it ends the process at errors that are none of its own, and it opens files.
 * @param inside its exports, once there are some
 */
export function luaImports(
  system: LuaSystem,
  inside: () => LuaInsides,
): Record<string, (...args: number[]) => unknown> {
  let highBits = 0;
  let view = new Int32Array(0);
  const words = () => {
    const { buffer } = inside().memory;
    if (view.buffer !== buffer) view = new Int32Array(buffer);
    return view;
  };
  /** Streams come as a list of pieces of memory. */
  const overPieces = (list: number, count: number, each: (piece: Uint8Array) => number): number => {
    let done = 0;
    for (let i = 0; i < count; i++) {
      const [at, length] = [words()[(list >> 2) + 2 * i]!, words()[(list >> 2) + 2 * i + 1]!];
      const part = each(new Uint8Array(inside().memory.buffer, at, length));
      done += part;
      if (part < length) break;
    }
    return done;
  };
  const write = (_file: number, list: number, count: number, result: number): number => {
    const done = overPieces(list, count, (piece) => {
      if (piece.length > 0) system.write(piece);
      return piece.length;
    });
    words()[result >> 2] = done;
    return 0;
  };
  const read = (_file: number, list: number, count: number, result: number): number => {
    const done = overPieces(list, count, (piece) => system.read(piece));
    words()[result >> 2] = done;
    return 0;
  };
  return {
    g: (env, value) => {
      inside().setThrew(env!, value === 0 ? 1 : value!);
      throw JUMP;
    },
    l: (index, first, second) => {
      const stack = inside().stackSave();
      try {
        inside().table.get(index!)(first!, second!);
      } catch (error) {
        inside().stackRestore(stack);
        if (error !== JUMP) throw error;
        inside().setThrew(1, 0);
      }
    },
    E: (to, from, length) => {
      new Uint8Array(inside().memory.buffer).copyWithin(to!, from!, from! + length!);
      system.copied(length!);
    },
    n: (bytes) => Number(grow(inside().memory, bytes! >>> 0)),
    e: () => highBits,
    b: (bits) => {
      highBits = bits!;
    },
    i: (file, list, count, result) => write(file!, list!, count!, result!),
    k: (file, list, count, result) => read(file!, list!, count!, result!),
    x: () => Math.round(system.seconds() * CLOCKS_PER_SECOND),
    A: (count, bytes) => {
      words()[count! >> 2] = 0;
      words()[bytes! >> 2] = 0;
      return 0;
    },
    j: () => {
      throw new Error('Lua has ended by itself');
    },
    a: () => 0,
    z: () => 0,
    // Files, directories, programs and dates: there are none.
    ...Object.fromEntries([...'yvwBCcDodqrhmpstuf'].map((name) => [name, () => NOT_THERE])),
  };
}

// ---

/** Lua and all that its scripts hold have no more than this. */
const MEMORY_BYTES_MAX = 64 * 1024 * 1024;
const PAGE_BYTES = 64 * 1024;
const CLOCKS_PER_SECOND = 1e6;
const NOT_THERE = -1;
/** How C leaves several functions at once (longjmp). */
const JUMP = Symbol('longjmp');

function grow(memory: LuaInsides['memory'], bytes: number): boolean {
  if (bytes > MEMORY_BYTES_MAX) return false;
  const wanted = Math.min(MEMORY_BYTES_MAX, Math.max(bytes, 1.25 * memory.buffer.byteLength));
  memory.grow(Math.ceil((wanted - memory.buffer.byteLength) / PAGE_BYTES));
  return true;
}
