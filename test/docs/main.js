import '../bench/register.js';

const { writeGenerated } = await import('./generated.ts');
const { writePrinted } = await import('./write-printed.ts');
const [what, ...documents] = process.argv.slice(2);
if (what === 'printed') process.exitCode = (await writePrinted(documents)) ? 0 : 1;
else await writeGenerated();
