import './register.js';

const { run } = await import('./run.ts');
process.exitCode = await run(process.argv.slice(2));
