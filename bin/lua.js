import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LUA = import.meta.resolve('lua-wasm-bindings/dist/glue/glue-lua-5.1.5.wasm');
/** What scripting/lua-build.ts knows the exports of by their short names, and a function of by its place. */
const SHA256 = '827e0dc36ee65ba3e7c0e929a49d6f55350c47a522fc72d70db0ebcae164af97';

/** Lua 5.1.5 as WebAssembly, which runs the scripts of clients. */
export function copyLua(path) {
  const bytes = readFileSync(fileURLToPath(LUA));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== SHA256) throw new Error(`lua-wasm-bindings has another Lua (${found}): see src/fronts/resp/scripting`);
  writeFileSync(path, bytes);
}
