// Writes for ever, and prints the number of the last write each time after a flush: these writes are acknowledged.
import { setImmediate as turn } from 'node:timers/promises';
import { openEmbeddedEngine } from '../../../src/engines/embedded/embedded-engine.js';
import { numberedEntry } from './entries.js';

const [dir, first, perFlush] = process.argv.slice(2);
const engine = await openEmbeddedEngine({ dir: dir!, compactBytesMin: 20_000, compactSliceBytes: 2_000 });
const data = engine.store('data');
for (let number = Number(first); ; number++) {
  data.write(numberedEntry(number));
  if (number % Number(perFlush) !== 0) continue;
  engine.flush();
  process.stdout.write(`${number}\n`);
  await turn();
}
