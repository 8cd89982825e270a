// A cache by Keyv that a node in this process holds, and that all members of its cluster share.
//   npm install PATH-OF-THE-CHECKOUT keyv && node keyv-cache.mjs
import Keyv from 'keyv';
import { openNode } from 'mneme';
import { KeyvMneme } from 'mneme/keyv';

const node = await openNode({ memoryOnly: true, name: 'a', listen: '127.0.0.1:0', maxMemory: '256mb', eviction: 'allkeys-lru' });
const views = new Keyv({ store: new KeyvMneme(node), namespace: 'views', ttl: 60_000 });

async function view(page) {
  const known = await views.get(page);
  if (known !== undefined) return `${known} (from the cache)`;
  const made = `the page ${page}`;
  await views.set(page, made);
  return made;
}

console.log(await view('home'));
console.log(await view('home'));

await node.close();
