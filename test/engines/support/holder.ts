// Opens a directory, says so, and holds it until it is killed or its input ends.
import { openEmbeddedEngine } from '../../../src/engines/embedded/embedded-engine.js';

const engine = await openEmbeddedEngine({ dir: process.argv[2]! });
process.stdout.write('open\n');
for await (const _ of process.stdin);
await engine.close();
