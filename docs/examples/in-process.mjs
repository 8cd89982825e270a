// A node in this process: reads from its own memory, writes that survive a crash, and changes as they come.
//   npm install PATH-OF-THE-CHECKOUT && node in-process.mjs
import { json, openNode } from 'mneme';

const node = await openNode({ dir: process.env.DIR ?? 'data', name: 'a', listen: '127.0.0.1:0', codec: json() });

const changes = node.watch('session:');
await node.set('session:1', { user: 'ann' }, { ttlMs: 3_600_000 });
console.log(node.get('session:1'));

for await (const change of changes) {
  console.log(change.type, change.key);
  break;
}

await node.batch([
  { type: 'set', key: 'session:2', value: { user: 'bob' } },
  { type: 'delete', key: 'session:1' },
]);
for await (const { key, value } of node.entries('session:')) console.log(key, value);

await node.close();
