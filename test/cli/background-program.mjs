// A program that does as a node in the background does: `node background-program.mjs serve|fail|die PORT`.
import { createServer } from 'node:net';

const [mode, port] = process.argv.slice(2);
console.log(`${mode} on ${port}`);
if (mode === 'serve') {
  const self = { pid: process.pid, name: 'bg', address: `127.0.0.1:${port}`, state: 'serving' };
  const json = JSON.stringify({ self, members: [{ name: 'bg', link: 'self' }], joining: null, clusterId: 'x' });
  createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write(`$${Buffer.byteLength(json)}\r\n${json}\r\n`));
  }).listen(Number(port), '127.0.0.1');
} else if (mode === 'fail') {
  const failure = {
    code: 'port-in-use',
    message: `port ${port} is taken`,
    next: 'mneme cluster status',
    note: 'Take another.',
    exitCode: 6,
  };
  process.send({ failure }, () => process.exit(6));
} else {
  console.log('something went badly wrong');
  process.exit(1);
}
