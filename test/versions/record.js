import '../bench/register.js';

const { record } = await import('./record.ts');
await record();
