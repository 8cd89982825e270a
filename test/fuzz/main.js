import { parseArgs } from 'node:util';
import '../bench/register.js';

const { fuzz } = await import('./run.ts');
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
  },
});
console.log(`npm run fuzz -- --minutes ${values.minutes} --seed ${values.seed}`);
const findings = await fuzz({ minutes: Number(values.minutes), seed: Number(values.seed), log: console.log });
for (const finding of findings) console.log(finding);
console.log(findings.length === 0 ? 'all stands' : `${findings.length} findings, with --seed ${values.seed}`);
process.exit(findings.length === 0 ? 0 : 1);
