import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ['src/engines/embedded/slab/assembly/index.ts', 'src/fronts/resp/assembly/requests.ts'];

/** The store's inner loop, and the front's part of it, which are AssemblyScript, become one WebAssembly module. */
export async function compileInnerLoop(path, root = ROOT) {
  const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd'];
  const out = ['--baseDir', root, '--outFile', relative(root, path)];
  const { error, stderr } = await asc.main([...SOURCES, ...out, ...flags]);
  if (error !== null) throw new Error(`inner loop: ${error.message}\n${stderr}`);
}
