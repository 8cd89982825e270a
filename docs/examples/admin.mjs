// How a cluster is, and the end of a split-brain if there is one, asked by a program.
//   npm install PATH-OF-THE-CHECKOUT && node admin.mjs 127.0.0.1:7379
import { adminAt } from 'mneme/admin';

const [, , address] = process.argv;
if (address === undefined) {
  console.error('Name a node of the cluster: node admin.mjs HOST:PORT');
  process.exit(2);
}
const admin = adminAt(address);

const { state, members } = await admin.clusterStatus();
console.log(`${state}: ${members.map(({ name }) => name).join(', ')}`);

if (state === 'split-brain') {
  const plan = await admin.plan();
  console.log(`${plan.conflicts.length} keys were changed on several sides`);
  const { incident } = await admin.merge({ policy: 'lww' });
  console.log(`${incident.id} is ${incident.state}`);
}
